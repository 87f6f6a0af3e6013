"""Semantic: a new chunk where the text turns to something else (Kamradt, 2023, *5 levels of text splitting*;
as LangChain's SemanticChunker has it).

Each sentence is embedded together with the one before and the one after it. Where the cosine distance to the
next of these windows is above the percentile of all distances, a chunk ends; what is then too long is cut.
"""

from array import array
from collections.abc import Callable, Generator, Iterator, Sequence

import numpy as np

from pipelines.rag.chunking.boundaries import sentences, tokens, words
from pipelines.rag.chunking.dividing import divided
from pipelines.rag.chunking.ground import Atom, Ground, Joins, Span

Embed = Callable[[Sequence[str]], np.ndarray]

_BATCH = 4  # windows embedded in a step: under a tenth of a second of one core
_DIGITS = 5  # of a distance: less is the arithmetic's own error
_MOST = 1500  # characters of a sentence that are looked at: the model reads few more


def semantic_atoms(ground: Ground, embed: Embed, percentile: float) -> Iterator[Atom | None]:
    """``embed(texts)`` gives ``[text, dimension]``, each of unit length."""
    spans: list[Span] = []
    for span in ground.parts(*ground.whole, sentences):
        if span:
            spans.append(span)
        else:
            yield None
    distances = yield from _distances(ground.text, spans, embed)
    turns = turning_points(distances, percentile)
    for number, span in enumerate(spans):
        joins = Joins.FRESH if number in turns else Joins.TOGETHER
        if ground.fits(*span):
            yield Atom(*span, joins)
        else:
            yield from divided(ground, *span, (words, tokens), joins)


def turning_points(distances: Sequence[float], percentile: float) -> frozenset[int]:
    """The sentences, by number, that begin something new; ``distances[i]`` lies between sentences i and
    i + 1.

    >>> sorted(turning_points([0.1, 0.1, 0.9, 0.2], 90))
    [3]
    """
    if not len(distances):
        return frozenset()
    threshold = np.percentile(distances, percentile)
    return frozenset(number + 1 for number, one in enumerate(distances) if one > threshold)


def _distances(text: str, spans: Sequence[Span], embed: Embed) -> Generator[None, None, array]:
    """Between the windows of neighbouring sentences; only the last window's vector is kept."""
    found, last = array("f"), None
    for first in range(0, len(spans), _BATCH):
        numbers = range(first, min(first + _BATCH, len(spans)))
        vectors = np.asarray(embed([_window(text, spans, number) for number in numbers]), dtype=np.float32)
        chain = vectors if last is None else np.concatenate([last, vectors])
        distances = 1 - (chain[:-1] * chain[1:]).sum(axis=1)
        found.extend(distances.round(_DIGITS).tolist())
        last = vectors[-1:]
        yield None
    return found


def _window(text: str, spans: Sequence[Span], number: int) -> str:
    """The sentence with its neighbours."""
    near = spans[max(0, number - 1) : number + 2]
    return " ".join(text[start : min(end, start + _MOST)].strip() for start, end in near)
