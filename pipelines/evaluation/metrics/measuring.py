"""Texts through a metric, pair after pair. Knows no library and no model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from pipelines.evaluation.metrics.answers import Measured, Pair
from pipelines.evaluation.metrics.metric import TextMetric
from pipelines.evaluation.metrics.requests import MetricRequest
from pipelines.evaluation.metrics.specs import SELF_BLEU, kind_named
from pipelines.evaluation.metrics.systems import compared, interval

ALIGNED = 50  # pairs of which every unit is told


def measured(metric: TextMetric, request: MetricRequest) -> Iterator[Measured | None]:
    """None between two pieces of work, then one Measured."""
    references = _references(request)
    yield from metric.prepare((*request.predictions, *request.against), references)
    pairs = yield from _pairs(metric, request.predictions, references)
    for place in range(min(ALIGNED, len(pairs))):
        alignment = metric.alignment(request.predictions[place], references[place])
        pairs[place] = replace(pairs[place], alignment=alignment)
        yield None
    statistics = _statistics(pairs)
    low = high = versus = None
    if len(pairs) > 1 and not kind_named(request.metric).together:
        low, high = yield from interval(metric, statistics, request)
    if request.against:
        others = yield from _pairs(metric, request.against, references)
        versus = yield from compared(metric, statistics, _statistics(others), request)
    whole = metric.whole(statistics.sum(0).tolist())
    told = whole.value, metric.signature, whole.formula, whole.counts
    yield Measured(request.metric, *told, tuple(pairs), metric.note, low, high, versus)


def _statistics(pairs: Sequence[Pair]) -> np.ndarray:
    """``[pair, statistic]``"""
    return np.array([pair.statistics for pair in pairs], np.float64)


def _pairs(metric: TextMetric, texts: Sequence[str], references: Sequence[Sequence[str]]) -> Any:
    """A list of Pair, by ``yield from``; None after each."""
    pairs: list[Pair] = []
    for text, wanted in zip(texts, references, strict=True):
        pairs.append(metric.pair(text, wanted))
        yield None
    return pairs


def _references(request: MetricRequest) -> Sequence[Sequence[str]]:
    """Those that were given, or none; of self-BLEU all the other texts."""
    texts = request.predictions
    if request.metric == SELF_BLEU:
        return [texts[:at] + texts[at + 1 :] for at in range(len(texts))]
    return request.references or ((),) * len(texts)
