"""The exact words that answer, out of the spans that a QA model found in each passage. Pure.

A span's probability is one among the spans of its own passage: of a passage without an answer it may be
high too. So it is multiplied by the probability that this is the passage, which falls with the square of the
rank, whatever scores the search has. The power was chosen on 600 training questions of FairytaleQA about
stories that the QA model had not read. On 200 validation questions (``benchmarks/rag_answers.py``) token F1
is .347 and exact match .170 over five retrieved sections, against .232 and .135 by the span's probability
alone (difference in F1 .115, 95 %: .069 to .163); .346 by the first passage alone; .421 on the gold sections.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pipelines.common.sentences import sentences_of
from pipelines.rag.answering.moments import Extract
from pipelines.rag.requests import Passage

_FALLS = 2.0  # power of the rank
READ = 5  # passages that are read: those below add time and hardly an answer


class Span(NamedTuple):
    """Characters of a passage's text, and how probable it is among the spans of this passage."""

    start: int
    end: int
    probability: float


def extracted(passages: Sequence[Passage], spans: Sequence[Sequence[Span]]) -> Extract | None:
    """The best span over all passages (best first, each with its ``spans``); None where there is none."""
    falling = [rank**-_FALLS for rank in range(1, len(passages) + 1)]
    found = [
        (span.probability * share / sum(falling), passage, span)
        for passage, own, share in zip(passages, spans, falling, strict=True)
        for span in own
        if passage.text[span.start : span.end].strip()
    ]
    if not found:
        return None
    probability, passage, span = max(found, key=lambda one: one[0])
    return Extract(
        text=passage.text[span.start : span.end],
        sentence=sentence_around(passage.text, span.start, span.end),
        passage=passage.id,
        start=span.start,
        end=span.end,
        probability=probability,
    )


def sentence_around(text: str, start: int, end: int) -> str:
    """The sentence that characters ``start`` to ``end`` stand in, or all of those that they touch.

    >>> sentence_around("It was late. The sun went down. Snow fell.", 17, 20)
    'The sun went down.'
    """
    touched = [(a, b) for a, b in sentences_of(text) if a < end and b > start]
    return text[touched[0][0] : touched[-1][1]] if touched else text[start:end]
