"""What several tokenizers make of one text, in numbers. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.tokenization.align import align
from pipelines.tokenization.encode import Encoded
from pipelines.tokenization.loaded import LoadedTokenizer
from pipelines.tokenization.measures import Measures, measure


@dataclass(frozen=True)
class Compared:
    """One tokenizer on the text. ``size`` is that of its vocabulary, ``seconds`` what encoding took;
    ``before`` and ``after`` are the special tokens that it put around the text."""

    name: str
    kind: str
    size: int
    measures: Measures
    seconds: float
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Comparison:
    """``boundaries`` are the places inside the text where at least one tokenizer cuts it, and ``differing``
    those of them where at least one does not."""

    tokenizers: tuple[Compared, ...]
    boundaries: int
    differing: int


def compare(
    loaded: Sequence[LoadedTokenizer], encodings: Sequence[Encoded], seconds: Sequence[float]
) -> Comparison:
    """Raises SpecError unless the encodings, one a tokenizer, are of the same text."""
    aligned = align(encodings)
    columns = tuple(_compared(*each) for each in zip(loaded, encodings, seconds, strict=True))
    cut = aligned.boundaries[:, 1:-1].any(axis=0)
    return Comparison(columns, int(cut.sum()), int(aligned.differs.sum()))


def around(encoded: Encoded) -> tuple[int, int]:
    """How many tokens were put before the text, and the first of those after it, as token indices."""
    inside = np.flatnonzero(~encoded.added)
    return (int(inside[0]), int(inside[-1]) + 1) if len(inside) else (len(encoded), len(encoded))


def _compared(tokenizer: LoadedTokenizer, encoded: Encoded, seconds: float) -> Compared:
    first, last = around(encoded)
    return Compared(
        name=tokenizer.name,
        kind=tokenizer.kind,
        size=tokenizer.size,
        measures=measure(tokenizer, encoded),
        seconds=seconds,
        before=encoded.tokens[:first],
        after=encoded.tokens[last:],
    )
