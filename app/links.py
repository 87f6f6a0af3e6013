"""Shareable links: a tab's inputs in the page's address, and back into the form when the link is opened.

A link is what anyone may have written, so its values go through the spec; one that does not fit is left out.
"""

from typing import Any

import gradio as gr

from pipelines.core.errors import GlassworksError

_MAX_CHARS = 20_000

# Run in the browser with the inputs' values: puts the link on the clipboard.
LINK_JS = "(...values) => glassworks.copyLink('{tab}', {names}, values)"


def linked_tab(request: gr.Request, known: tuple[str, ...]) -> str | None:
    """The tab that the address asks for, if there is one of that name."""
    asked = dict(request.query_params).get("tab")
    return asked if asked in known else None


def restored(request: gr.Request, tab: str, names: list[str], spec: type) -> list[Any]:
    """One update for each name, in order: the address's value where there is a good one, else none."""
    query = dict(request.query_params)
    if query.get("tab") != tab:
        return [gr.skip() for _ in names]
    return [_update(name, query[name], spec) if name in query else gr.skip() for name in names]


def linked_values(request: gr.Request, tab: str, spec: Any) -> dict[str, Any]:
    """Component values by field name from a link to this tab, where its fields only fit together; empty when
    they do not. ``spec`` is what the form starts from: fields that the link leaves out keep its values."""
    query = dict(request.query_params)
    if query.pop("tab", None) != tab or sum(map(len, query.values())) > _MAX_CHARS:
        return {}
    start = spec.to_dict()
    try:
        given = {n: _from_text(getattr(spec, n), t) for n, t in query.items() if n in start}
        checked = type(spec).from_dict({**start, **given}).to_dict()
    except (GlassworksError, ValueError, OverflowError):
        return {}
    return {n: "\n".join(v) if isinstance(v, list) else v for n, v in checked.items() if n in given}


def _update(name: str, text: str, spec: type) -> Any:
    if len(text) > _MAX_CHARS:
        return gr.skip()
    try:
        value = _from_text(getattr(spec(), name, ""), text)
        if hasattr(spec(), name):
            spec(**{name: value})
    except (GlassworksError, ValueError, OverflowError):
        return gr.skip()
    return gr.update(value=value)


def _from_text(default: Any, text: str) -> Any:
    """The text as the type of a field's default; raises ValueError when it is none."""
    if isinstance(default, str):
        return text
    if isinstance(default, bool):
        return {"true": True, "false": False}.get(text.lower(), text)
    if isinstance(default, tuple):
        return tuple(line for line in text.split("\n") if line.strip())
    number = float(text)
    return int(number) if isinstance(default, int) and number == int(number) else number
