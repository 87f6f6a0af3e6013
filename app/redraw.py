"""One event for everything after which a region of the page is drawn anew.

Two events that draw the same region may be answered in any order, and what was asked first would then stand
there last. So events only ask for it, in the browser, and what draws is an event of its own: Gradio answers
it one at a time, and of those that wait the last alone, with the inputs as they are by then.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from app.parts import QUIET
from app.signal import signal

_ANOTHER_JS = "() => `${performance.now()} ${Math.random()}`"
_IN_BROWSER = {**QUIET, "queue": False, "trigger_mode": "multiple"}


def again() -> str:
    return str(time.monotonic_ns())


class Redraw:
    """Laid out anywhere in the tab whose region it is. A handler that finds something to be drawn writes
    :func:`again` to ``asked``."""

    def __init__(self) -> None:
        self.asked = signal()

    def after(self, event: Callable[..., Any]) -> Any:
        """Draw after this event, such as a button's ``click`` or what another event ends with: ``then``,
        ``success``. Returns what can be followed in its turn."""
        return event(None, None, self.asked, js=_ANOTHER_JS, **_IN_BROWSER)

    def wire(
        self, draw: Callable[..., Any], inputs: Any, outputs: Any, *triggers: Callable[..., Any], **given: Any
    ) -> None:
        """``draw`` is the only one that writes to ``outputs``; ``triggers`` ask for it without a detour."""
        one_at_a_time = {**QUIET, "trigger_mode": "always_last", **given}
        gr.on([self.asked.change, *triggers], draw, inputs, outputs, **one_at_a_time)


def open_one(tabs: Mapping[str, gr.Tab]) -> gr.Textbox:
    """A field that holds which of these tabs is open, from the first on. The browser itself writes it: while
    the server is asked and has not answered, a tab that is pressed is not heard."""
    names = list(tabs)
    opened = signal(names[0])
    for name, tab in tabs.items():
        tab.select(None, None, opened, js=f"() => {json.dumps(name)}", **_IN_BROWSER)
    return opened
