"""What a tab that trains says on a ZeroGPU Space, before anything is typed."""

from html import escape

import gradio as gr

from app.services import Services
from pipelines.jobs.where import INSTEAD

_WORDS = (
    "Models can be tried on this Space, not trained: ZeroGPU lends a GPU for a minute or two at a time. To "
    f"train, {INSTEAD}. The forms still check and estimate."
)


def training_note(services: Services) -> None:
    """A line in the present place of the page; nothing elsewhere than on ZeroGPU."""
    if services.settings.zero_gpu:
        gr.HTML(f'<p class="gw-notices" role="note">{escape(_WORDS)}</p>', elem_classes="gw-zero-gpu")
