"""How well each claim of an answer is backed by the passages, matched in code: the retrieval worker's
handler.

Nobody asks a model whether it told the truth. What a claim shares with the sentences of the passages is
counted (:mod:`~pipelines.rag.answering.evidence`), and a logistic function makes a probability of it,
fitted to answers of which it is known whether a passage supports them
(:mod:`~pipelines.rag.answering.support_weights`)."""

import math
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipelines.rag.answering.claims import bare, claims_of
from pipelines.rag.answering.evidence import Evidence, sentences_in
from pipelines.rag.answering.support_weights import BIAS, WEIGHTS
from pipelines.rag.answers import Claim, Supported
from pipelines.rag.requests import Passage, SupportRequest
from pipelines.rag.specs import MINILM

_SENTENCES = 400  # of the first passages that are compared: more would take seconds
_AT_ONCE = 16  # texts that are embedded in one step


def support(request: SupportRequest, library: Any) -> Iterator[Any]:
    """Supported, with a claim for each sentence of the answer; None between two batches of sentences. Of many
    passages the first are compared. Without a passage the support is 0."""
    claims = claims_of(request.answer)
    passages = _first(request.passages)
    if not claims or not sentences_in([passage.text for passage in passages]):
        yield Supported(tuple(Claim(a, b, 0.0, -1, 0, 0) for a, b in claims))
        return
    texts = [passage.text for passage in passages]
    embedder = yield from library.ready(MINILM)
    sentences = [texts[number][a:b] for number, a, b in sentences_in(texts)]
    evidence = Evidence(texts, (yield from _embedded(embedder, sentences)))
    question = request.question.strip()
    said = [bare(request.answer[a:b]) for a, b in claims]
    both = [text for claim in said for text in (f"{question} {claim}".strip(), claim)]
    vectors = yield from _embedded(embedder, both)
    found = []
    for number, (claim, (start, end)) in enumerate(zip(said, claims, strict=True)):
        window, signs = evidence.of(claim, question, vectors[2 * number : 2 * number + 2])
        shown = evidence.narrowed(claim, window)
        found.append(Claim(start, end, probability(signs), shown.passage, shown.start, shown.end))
        yield None
    yield Supported(tuple(found))


def probability(signs: Mapping[str, float]) -> float:
    """That a claim with these signs is supported, 0 to 1; of two that are equally likely beforehand."""
    total = BIAS + sum(weight * product(signs, name) for name, weight in WEIGHTS.items())
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def product(signs: Mapping[str, float], name: str) -> float:
    """
    >>> product({"run": 0.5, "near": 0.25}, "run*near")
    0.125
    """
    return math.prod(signs[one] for one in name.split("*"))


def _first(passages: Sequence[Passage]) -> list[Passage]:
    """Whole passages, as long as their sentences are few enough; the first in any case."""
    found, count = [], 0
    for passage in passages:
        count += len(sentences_in([passage.text]))
        if found and count > _SENTENCES:
            break
        found.append(passage)
    return found


def _embedded(embedder: Any, texts: Sequence[str]) -> Generator[None, None, np.ndarray]:
    """``[text, dimension]``; short texts together, since a batch is as wide as its longest."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    found: list[Any] = [None] * len(texts)
    for first in range(0, len(order), _AT_ONCE):
        places = order[first : first + _AT_ONCE]
        vectors = embedder.embed([texts[place] for place in places])
        for place, vector in zip(places, vectors, strict=True):
            found[place] = vector
        yield None
    return np.array(found, np.float32)
