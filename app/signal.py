"""How the server has the page ask for more."""

import gradio as gr


def signal(value: str = "") -> gr.Textbox:
    """A field that nobody sees; in the page all the same, so that its change is an event."""
    return gr.Textbox(value, visible="hidden", container=False, show_label=False)
