"""Choosers whose choices change while they stand on a page that is looked at."""

import time
from collections.abc import Iterable, Sequence
from typing import Any

import gradio as gr

from app.parts import QUIET

Choice = tuple[str, Any]  # caption, value
_FIRST_JS = "(offered, chosen) => chosen || offered.split(' ')[0]"


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


def take_first(offered: gr.Textbox, chosen: gr.Textbox) -> None:
    """What :func:`first_choice` puts into ``offered`` is chosen, unless something else has been by the time
    it comes."""
    offered.change(None, [offered, chosen], chosen, js=_FIRST_JS, queue=False, **QUIET)


def first_choice(name: str) -> Any:
    """For :func:`take_first`; of no name nothing. To offer the same again is another offer."""
    return f"{name} {time.monotonic_ns()}" if name else gr.skip()
