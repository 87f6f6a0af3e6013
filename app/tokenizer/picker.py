"""The tokenizers that a visitor may choose from, and the chooser that every part uses. A name that is not
listed can be typed; whether it is good is the worker's to say.
"""

from typing import Any

import gradio as gr

from app.identity import Visitor
from app.model_picker import tokenizer_caption
from app.opening import when_opened
from app.services import Services
from pipelines.core.errors import NotAllowedError
from pipelines.models import minilm
from pipelines.models.catalogue import TokenizerEntry
from pipelines.tokenization.requests import MAX_TOKENIZERS

_HELP = "Or type a Hub name (owner/name) or path:<folder or file>."
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}

Choice = tuple[str, str]  # caption, name


def choices(services: Services, visitor: Visitor | None = None) -> list[Choice]:
    """House models, MiniLM where it is packaged, what was made here, then the visitor's own uploads."""
    found = services.models.tokenizers()
    house = [e for e in found if e.name.startswith("house/")]
    runs = [e for e in found if not e.name.startswith("house/")]
    packaged = [(f"{minilm.NAME} · wordpiece", minilm.NAME)] if minilm.folder() else []
    own = services.tokenizer_files.list(visitor.id) if visitor else []
    uploaded = [(f"{file.title} · uploaded", file.name) for file in own]
    return [*map(_choice, house), *packaged, *map(_choice, runs), *uploaded]


def default_names(services: Services, most: int = 2) -> list[str]:
    """What a page begins with: of each kind and size the first, as a tuned model has its base's."""
    unlike: dict[str, str] = {}
    for caption, name in choices(services):
        unlike.setdefault(caption.partition(" · ")[2], name)
    return list(unlike.values())[:most]


def tokenizer_picker(services: Services, **kwargs: Any) -> gr.Dropdown:
    """A dropdown of one tokenizer, or with ``multiselect=True`` of up to eight, whose choices are read anew
    on page load and whenever it gets the focus."""
    many = bool(kwargs.get("multiselect"))
    offered = choices(services)
    first = default_names(services) if many else next((name for _, name in offered), None)
    given = {"label": "Tokenizer", "info": _HELP, "value": first, "elem_classes": "gw-model-picker", **kwargs}
    if many:
        given = {"max_choices": MAX_TOKENIZERS, **given}
    picker = gr.Dropdown(offered, allow_custom_value=True, **given)

    def refresh(request: gr.Request) -> Any:
        try:
            return gr.Dropdown(choices=choices(services, services.identity.visitor(request)))
        except NotAllowedError:  # a header that is none: the next real question says so
            return gr.skip()

    when_opened(refresh, None, picker)
    picker.focus(refresh, None, picker, **_QUIET)
    return picker


def _choice(entry: TokenizerEntry) -> Choice:
    return tokenizer_caption(entry), entry.name
