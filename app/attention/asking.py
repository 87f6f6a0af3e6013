"""Asks the inference worker about the inside of a model, for a visitor who may use it. No Gradio: the page
and the API both use it.
"""

from typing import Any

from app.access import check_model
from app.identity import Visitor
from app.services import Services
from pipelines.attention.requests import models_of
from pipelines.runtime.messages import answer_of


def ask(services: Services, visitor: Visitor, request: Any) -> Any:
    """The answer to a request of ``pipelines.attention.requests``. Raises a GlassworksError."""
    for name in models_of(request):
        check_model(name, visitor)
    return answer_of(services.runtime.stream(request))
