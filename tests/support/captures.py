"""Captures and lenses of tiny models, made here and now without a worker."""

from functools import cache
from typing import Any

from pipelines.attention.answers import Captured, Lens
from pipelines.attention.lens import lens
from pipelines.attention.requests import CaptureRequest, LensRequest, Subject
from pipelines.attention.trace import Trace, trace
from tests.support.steps import finish
from tests.support.tiny_models import tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna. Anna found a cat."


@cache
def traced(subject: Subject) -> Trace:
    """``subject.model`` names a family of :mod:`tests.support.tiny_models`."""
    return finish(trace(tiny(subject.model), subject))


def captured(family: str, text: str = TEXT, **more: Any) -> tuple[Subject, Captured]:
    subject = Subject(family, text, **more)
    return subject, traced(subject).captured


def read_lens(request: LensRequest) -> Lens:
    return finish(lens(tiny(request.subject.model), traced(request.subject), request))


def ask(_services: Any, _visitor: Any, request: Any) -> Any:
    """Stands for ``app.attention.asking.ask``."""
    if isinstance(request, LensRequest):
        return read_lens(request)
    assert isinstance(request, CaptureRequest), request
    return traced(request.subject).captured
