"""Answers a MetricRequest inside a worker: where an encoder is wanted, one that has models."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

from pipelines.evaluation.metrics.measuring import measured
from pipelines.evaluation.metrics.registry import opened
from pipelines.evaluation.metrics.requests import MetricRequest
from pipelines.evaluation.metrics.specs import kind_named
from pipelines.runtime.messages import Waiting

_POOL = ThreadPoolExecutor(1, thread_name_prefix="metrics")  # one at a time, as nltk must be asked


def measure(request: MetricRequest, models: Any) -> Iterator[Any]:
    """Waiting or None while it works, then one Measured. Where the metric compares vectors ``models`` is the
    runtime's cache, and there is Loading if need be."""
    if kind_named(request.metric).vectors:
        yield from _by_vectors(request, models)
    else:
        yield (yield from _beside(lambda gone: _by_text(request, gone)))


def _by_text(request: MetricRequest, gone: threading.Event) -> Any:
    """Measured; None if nobody waits for it any more."""
    for event in measured(opened(request.metric, request.chosen()), request):
        if event is not None or gone.is_set():
            return event
    return None


def _by_vectors(request: MetricRequest, models: Any) -> Iterator[Any]:
    settings = request.chosen()
    with models.use(settings.model) as use:
        loaded = yield from use.ready()
        library = yield from _beside(lambda _: import_module("pipelines.evaluation.metrics.bert_score"))
        yield from measured(library.BertScore(loaded, settings), request)


def _beside(work: Callable[[threading.Event], Any]) -> Any:
    """What ``work`` gives, done in a thread of its own, by ``yield from``; its argument is set when nobody
    waits any more."""
    gone = threading.Event()
    doing = _POOL.submit(work, gone)
    try:
        while not doing.done():
            yield Waiting()
        return doing.result()
    finally:
        gone.set()
