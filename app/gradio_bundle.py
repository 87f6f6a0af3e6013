"""Where Gradio's page keeps the tree of its components, and how the scripts of ``assets/js/first``, which
mend that tree and what sends its events, come into the page before Gradio's own: what is given as ``head`` is
put there only by these.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import gradio
from gradio.routes import templates
from jinja2 import BaseLoader, Environment

from pipelines.core.settings import REPOSITORY

_ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
_FIRST = REPOSITORY / "assets" / "js" / "first"
MENDS = tuple(_FIRST / f"{name}.js" for name in ("news", "typed", "attached", "waiting"))
_SCRIPTS = (*MENDS, _FIRST / "mend.js")
_PAGE, _ITS_OWN = "frontend/index.html", '<script type="module"'


@cache
def app_tree() -> str:
    """File name of the module that exports ``AppTree``; empty where this Gradio has none: its page then stays
    as it comes."""
    found = (path.name for path in _ASSETS.glob("core-*.js") if " as AppTree" in path.read_text("utf-8"))
    return next(found, "")


def mend_page() -> None:
    """Of every page that is served from now on; once is enough."""
    if app_tree() and not isinstance(templates.env.loader, Mending):
        templates.env.loader = Mending(templates.env.loader)
        templates.env.cache.clear()


class Mending(BaseLoader):
    """Gradio's templates, and in its page our script before its own."""

    def __init__(self, inner: BaseLoader):
        self._inner = inner

    def get_source(
        self, environment: Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, *rest = self._inner.get_source(environment, template)
        if template == _PAGE:
            texts = "".join(path.read_text("utf-8") for path in _SCRIPTS)
            script = f'<script data-app-tree="{app_tree()}">{texts}</script>'
            source = source.replace(_ITS_OWN, f"{{% raw %}}{script}{{% endraw %}}{_ITS_OWN}", 1)
        return source, *rest
