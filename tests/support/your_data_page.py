"""A page with *Your data* and nothing else, in the style of the whole one."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr

from app.palette import css_variables
from app.theme import theme
from app.your_data import part
from pipelines.core.settings import REPOSITORY
from tests.support.app_process import free_port

_STYLES, _SCRIPTS = ("glassworks", "rag", "your_data"), ("glassworks", "rag", "your_data")
_HEADER = (
    '<header class="gw-header"><button type="button" class="gw-your-open" data-your-data>Your data</button>'
    '<button type="button" class="gw-theme" data-theme-toggle aria-label="Theme">◐</button></header>'
)


@contextmanager
def your_data_page(services: Any) -> Iterator[str]:
    """Its address."""
    with gr.Blocks(analytics_enabled=False) as page:
        gr.HTML(_HEADER, elem_classes="gw-header-box")
        part.build(services)
    styles = "".join(_asset("css", f"{name}.css") for name in _STYLES)
    scripts = "".join(f"<script>{_asset('js', f'{name}.js')}</script>" for name in _SCRIPTS)
    look = {"theme": theme(), "css": css_variables() + styles, "head": scripts, "footer_links": []}
    address = {"server_name": "127.0.0.1", "server_port": free_port()}
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, ssr_mode=False, **address, **look)
    try:
        yield url
    finally:
        page.close(verbose=False)


def _asset(folder: str, name: str) -> str:
    return (REPOSITORY / "assets" / folder / name).read_text(encoding="utf-8")
