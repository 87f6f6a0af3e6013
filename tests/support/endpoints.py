"""One module of ``app.api`` on a small launched app, and clients of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import gradio as gr
from gradio_client import Client

from tests.support.app_process import free_port


@contextmanager
def launched(api: Any, services: Any) -> Iterator[str]:
    """The address of an app that has the endpoints of ``api`` and nothing else."""
    with gr.Blocks(analytics_enabled=False) as page:
        api.build(services)
    page.queue(api_open=False)
    address = {"server_name": "127.0.0.1", "server_port": free_port()}
    _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, show_error=False, **address)
    try:
        yield url
    finally:
        page.close(verbose=False)


def client_of(url: str, visitor: str = "") -> Client:
    """A client, as the visitor with that secret; the fakes of these tests take it for the name."""
    headers = {"x-glassworks-visitor": visitor} if visitor else None
    return Client(url, verbose=False, headers=headers)
