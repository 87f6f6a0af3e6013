"""A visitor's own tokenizer file: kept, tried in the worker, and chosen; what is no tokenizer is not kept."""

from pathlib import Path
from typing import Any

import gradio as gr

from app.identity import Visitor
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.picker import choices
from pipelines.core.errors import GlassworksError
from pipelines.tokenization.requests import MAX_TOKENIZERS, DescribeRequest


def add_upload(services: Services, visitor: Visitor, file: str | None, chosen: list[str]) -> Any:
    """The picker with the new tokenizer chosen; raises a GlassworksError for what is none."""
    if not file:
        return gr.skip()
    kept = services.tokenizer_files.add(Path(file), Path(file).name, visitor.id)
    try:
        ask(services, visitor, DescribeRequest(kept.name))
    except GlassworksError:
        services.tokenizer_files.remove(kept.name)
        raise
    names = [*dict.fromkeys([*(chosen or ()), kept.name])][-MAX_TOKENIZERS:]
    return gr.Dropdown(choices=choices(services, visitor), value=names, allow_custom_value=True)
