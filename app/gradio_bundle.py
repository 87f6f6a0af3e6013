"""Where Gradio's page keeps the tree of its components; ``assets/js/statuses.js`` mends what that is told."""

from functools import cache
from pathlib import Path

import gradio

_ASSETS = Path(gradio.__file__).parent / "templates" / "frontend" / "assets"


@cache
def app_tree() -> str:
    """File name of the module that exports ``AppTree``; empty where this Gradio has none: its page then stays
    as slow as it comes."""
    found = (path.name for path in _ASSETS.glob("core-*.js") if " as AppTree" in path.read_text("utf-8"))
    return next(found, "")
