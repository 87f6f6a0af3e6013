"""Rows of a corpus that a visitor may see, with a tokenizer that is here. Shared by the page and the API."""

from typing import Any

import gradio as gr

from app.access import check_model
from app.job_panel.access import seen_corpus
from app.model_picker import default_model
from app.services import Services
from pipelines.core.errors import NotAllowedError, NotFoundError
from pipelines.models.names import Source, parse
from pipelines.training.curation.preview import PackingPreview, preview


def packing_preview(
    services: Services, request: gr.Request, corpus: str, tokenizer: str, documents: Any, context: Any
) -> PackingPreview:
    """The first documents of the corpus in rows; an empty ``tokenizer`` means the first model's. Raises a
    GlassworksError for what the visitor may not see, what is not on this disk, and numbers out of range."""
    corpus, name = str(corpus or ""), tokenizer or default_model(services)
    if not name:
        raise NotFoundError("There is no model here whose tokenizer could be taken. Train one first.")
    check_model(name, services.identity.visitor(request))
    if parse(name).source not in (Source.HOUSE, Source.RUN):
        raise NotAllowedError("The preview takes the tokenizer of house/<name> or run/<job id>.")
    seen_corpus(services, corpus, request)
    folder = services.models.tokenizer_folder(name)
    return preview(services.corpora.path(corpus), folder, documents, context)
