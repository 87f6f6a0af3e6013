"""Where Gradio's page keeps the tree of its components, and how ``assets/js/first/tree.js``, which mends it,
comes into that page before Gradio's own scripts: what is given as ``head`` is put there only by these.
"""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import gradio
from gradio.routes import templates
from jinja2 import BaseLoader, Environment

from pipelines.core.settings import REPOSITORY

_ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"
_SCRIPT = REPOSITORY / "assets" / "js" / "first" / "tree.js"
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
            script = f'<script data-app-tree="{app_tree()}">{_SCRIPT.read_text("utf-8")}</script>'
            source = source.replace(_ITS_OWN, f"{{% raw %}}{script}{{% endraw %}}{_ITS_OWN}", 1)
        return source, *rest
