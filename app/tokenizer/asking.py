"""Asks the tokenizer worker, for a visitor who may use what is meant. No Gradio: page and API use it."""

from typing import Any

from app.access import check_model
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.runtime.messages import answer_of
from pipelines.tokenization.requests import check_names, names_of
from pipelines.tokenization.uploads import PREFIX

_FORMS = "house/<name>, run/<job id>, <owner>/<name> (Hub), path:<folder or file> or upload:<id>"


def ask(services: Services, visitor: Visitor, request: Any) -> Any:
    """The answer to a request of ``pipelines.tokenization.requests``. Raises a GlassworksError."""
    for name in names_of(request):
        check_tokenizer(services, visitor, name)
    return answer_of(services.tokenizers.stream(request))


def check_tokenizer(services: Services, visitor: Visitor, name: str) -> None:
    """Raise unless the visitor may use the tokenizer: what is here is for all, an upload is for who uploaded
    it, other folders of this disk and the Hub are for the owner."""
    check_names((name,))
    if name.startswith(PREFIX):
        if not visitor.is_owner and services.tokenizer_files.find(name).owner != visitor.id:
            raise NotFoundError("There is no such uploaded tokenizer any more; upload the file again.")
        return
    try:
        check_model(name, visitor)
    except SpecError:
        raise SpecError("tokenizer", name, _FORMS) from None
