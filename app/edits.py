"""The event after which a visitor has changed an input."""

from typing import Any

import gradio as gr


def edits(component: Any) -> Any:
    """``input``, which leaves out what the server itself put there; for a text box ``change``, because its
    ``input`` is sent for typed characters alone and not for what is pasted."""
    return component.change if isinstance(component, gr.Textbox) else component.input
