"""Handlers of the inference worker for questions about the inside of a model: each answers once."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from typing import Any

import torch

from pipelines.attention import attribution, heads
from pipelines.attention import context as contexts
from pipelines.attention import difference as differences
from pipelines.attention import intervene as intervening
from pipelines.attention import lens as lenses
from pipelines.attention import neighbours as neighbouring
from pipelines.attention import patch as patching
from pipelines.attention import query_key as query_keys
from pipelines.attention import token_map as mapping
from pipelines.attention.memo import trace_of
from pipelines.attention.requests import CaptureRequest, DifferenceRequest, HeadRequest, RowsRequest
from pipelines.attention.trace import Trace
from pipelines.models.loader import LoadedModel

Handler = Callable[[Any, Any], Iterator[Any]]


def about_a_trace(answer: Callable[[Trace, Any], Any]) -> Handler:
    """A handler from a function of the subject's trace and the request."""

    def handle(request: Any, models: Any) -> Iterator[Any]:
        with models.use(request.subject.model) as use:
            loaded = yield from use.ready()
            found = yield from trace_of(loaded, request.subject)
            yield _now(answer, found, request)

    return handle


def about_both(answer: Callable[[LoadedModel, Trace, Any], Iterator[Any]]) -> Handler:
    """A handler from a generator about the loaded model, the subject's trace and the request, that yields
    None between its steps and returns the answer."""

    def handle(request: Any, models: Any) -> Iterator[Any]:
        with models.use(request.subject.model) as use:
            loaded = yield from use.ready()
            found = yield from trace_of(loaded, request.subject)
            yield (yield from answer(loaded, found, request))

    return handle


def about_a_model(answer: Callable[[Any, Any], Any]) -> Handler:
    """A handler from a function of the loaded model and the request: one that returns the answer, or a
    generator that yields None between its steps and returns it."""

    def handle(request: Any, models: Any) -> Iterator[Any]:
        name = request.subject.model if hasattr(request, "subject") else request.model
        with models.use(name) as use:
            loaded = yield from use.ready()
            given = _now(answer, loaded, request)
            yield (yield from given) if isinstance(given, Generator) else given

    return handle


@torch.inference_mode()
def _now(answer: Callable[[Any, Any], Any], *given: Any) -> Any:
    return answer(*given)


@about_a_trace
def capture(found: Trace, _request: CaptureRequest) -> Any:
    return found.captured


@about_a_trace
def head(found: Trace, request: HeadRequest) -> Any:
    return heads.head(found, request)


@about_a_trace
def rows(found: Trace, request: RowsRequest) -> Any:
    return heads.rows(found, request)


query_key = about_a_trace(query_keys.query_key)
lens = about_both(lenses.lens)
context = about_both(contexts.context)
neighbours = about_a_model(neighbouring.neighbours)
token_map = about_a_model(mapping.token_map)
attribute = about_both(attribution.attribute)
intervene = about_a_model(intervening.intervene)
patch = about_a_model(patching.patch)


def difference(request: DifferenceRequest, models: Any) -> Iterator[Any]:
    """Both models are held until the answer is there."""
    with models.use(request.subject.model) as use, models.use(request.other) as beside:
        loaded = yield from use.ready()
        other = yield from beside.ready()
        found = yield from trace_of(loaded, request.subject)
        there = yield from trace_of(other, replace(request.subject, model=request.other))
        yield (yield from differences.difference(found, there))
