"""Texts to the worker that measures them, and what came of it as plain values. For the page and the API."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict
from typing import Any

from app.access import entry_of
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import ConflictError, SpecError
from pipelines.evaluation.metrics.answers import Alignment, Measured
from pipelines.evaluation.metrics.requests import MetricRequest, References
from pipelines.evaluation.metrics.specs import kind_named
from pipelines.runtime.messages import Loading

SEVERAL = " ||| "  # between the references of one prediction, where they stand in a line


def stream(services: Services, visitor: Visitor, request: MetricRequest) -> Iterator[Loading | Measured]:
    """Loading where an encoder has to be read first, then Measured. Raises a GlassworksError."""
    worker = services.tokenizers
    if kind_named(request.metric).vectors:
        entry_of(services, visitor, request.chosen().model)
        worker = services.runtime
    with closing(worker.stream(request)) as events:
        yield from events


def answer(services: Services, visitor: Visitor, request: MetricRequest) -> Measured:
    """The last event of :func:`stream`."""
    found = [event for event in stream(services, visitor, request) if isinstance(event, Measured)]
    if not found:
        raise ConflictError("The worker that measures texts has given no answer; try again.")
    return found[-1]


def lines_of(text: object, least: int = 0) -> tuple[str, ...]:
    """A text a line. Empty lines at the end are none, but for those that make up ``least``.

    >>> lines_of("one\\n\\nthree\\n\\n"), lines_of("one\\n\\n\\n", 2)
    (('one', '', 'three'), ('one', ''))
    """
    lines = str(text or "").split("\n")
    while len(lines) > least and not lines[-1].strip():
        lines.pop()
    return tuple(lines)


def references_of(text: object) -> References:
    """Those of each line, of which several stand between ``|||``.

    >>> references_of("a ||| b\\nc")
    (('a', 'b'), ('c',))
    """
    return tuple(tuple(one.strip() for one in line.split(SEVERAL.strip())) for line in lines_of(text))


def texts_given(name: str, given: Any) -> tuple[str, ...]:
    """What JSON may hold for one text or several; raises :class:`SpecError`."""
    if isinstance(given, str):
        return (given,)
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise SpecError(name, given, "a text or a list of texts")
    return tuple(given)


def references_given(given: Any) -> References:
    """A text, or of each prediction a text or a list of texts; raises :class:`SpecError`."""
    if isinstance(given, str):
        return ((given,),)
    if not isinstance(given, list):
        raise SpecError("references", given, "a text, or a list with a text or texts for each prediction")
    return tuple(texts_given("references", one) for one in given)


def plain(found: Measured) -> dict[str, Any]:
    """As JSON values."""
    pairs = [
        {
            "value": one.value,
            "parts": [asdict(count) for count in one.counts],
            **({"alignment": _aligned(one.alignment)} if one.alignment else {}),
        }
        for one in found.pairs
    ]
    told = {
        "metric": found.metric,
        "value": found.value,
        "low": found.low,
        "high": found.high,
        "signature": found.signature,
        "formula": found.formula,
        "parts": [asdict(count) for count in found.counts],
        "pairs": pairs,
        "note": found.note,
    }
    if found.compared:
        told["compared"] = asdict(found.compared)
    return told


def _aligned(one: Alignment) -> dict[str, Any]:
    return {
        "prediction": asdict(one.prediction),
        "reference": asdict(one.reference),
        "number": one.number,
        "links": [list(link) for link in one.links],
        "similarity": None if one.similarity is None else one.similarity.round(4).tolist(),
    }
