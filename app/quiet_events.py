"""Events that show no progress tell no component of it.

Gradio's page remembers every component that an event was ever shown on, and goes through all of them, each
found by a walk over the whole page, whenever any event begins, goes on or ends; an event's outputs count
where nothing else is named, also where its progress is hidden. The more tabs had been opened, the slower each
next one was.
"""

import gradio as gr

_HIDDEN = "hidden"


def keep_to_themselves(page: gr.Blocks) -> None:
    """Of a page that is built whole: its hidden events are shown on nothing."""
    for event in page.fns.values():
        if event.show_progress == _HIDDEN and event.show_progress_on is None:
            event.show_progress_on = []  # what is empty is taken as said; None would mean the outputs
