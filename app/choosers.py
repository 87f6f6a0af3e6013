"""Choosers whose choices change while they stand on a page that is looked at."""

from collections.abc import Iterable, Sequence
from typing import Any

import gradio as gr

Choice = tuple[str, Any]  # caption, value


def chooser(
    choices: Iterable[Choice | str], chosen: Any, otherwise: Any = None, **more: Any
) -> dict[str, Any]:
    """The update of a Dropdown or Radio that offers ``choices`` from now on, and holds ``chosen`` when the
    question comes; a list, where several can be chosen.

    What is still among the choices stays, and is not sent: an answer that comes late would put it in the
    place of what the visitor has chosen since. What is not gives way to ``otherwise``, of a list to those
    that are left of it.
    """
    offered = [one if isinstance(one, tuple) else (one, one) for one in choices]
    return gr.update(choices=offered, **put(chosen, kept(offered, chosen, otherwise)), **more)


def kept(choices: Sequence[Choice], chosen: Any, otherwise: Any = None) -> Any:
    """What :func:`chooser` leaves in the chooser."""
    values = [value for _, value in choices]
    if isinstance(chosen, list):
        left = [one for one in chosen if one in values]
        return left or otherwise or []
    return chosen if chosen in values else otherwise


def put(held: Any, wanted: Any) -> dict[str, Any]:
    """``value`` of an update of an input that holds ``held``: nothing, where that is what is wanted."""
    return {} if held == wanted else {"value": wanted}
