"""Several tokenizations of one text side by side: where each cuts it, and where they differ. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.tokenization.encode import Encoded


@dataclass(frozen=True, eq=False)
class Alignment:
    """``boundaries[tokenizer, position]`` is True where a token begins or ends before character ``position``
    (the last position is the text's end). ``differs[position]``: some have a boundary there and some have
    none.

    ``segments[segment, 2]`` are the stretches of text between positions where all have a boundary, and
    ``segment_differs[segment]`` says whether a boundary within is not everybody's.
    """

    boundaries: np.ndarray
    differs: np.ndarray
    segments: np.ndarray
    segment_differs: np.ndarray


def align(encodings: Sequence[Encoded]) -> Alignment:
    """Raises SpecError unless there is at least one, and all are of the same text."""
    if not encodings or any(one.text != encodings[0].text for one in encodings):
        raise SpecError("encodings", len(encodings), "one or more encodings of the same text")
    length = len(encodings[0].text)
    boundaries = np.stack([_boundaries(one, length) for one in encodings])
    together = boundaries.all(axis=0)
    differs = boundaries.any(axis=0) & ~together
    cuts = np.flatnonzero(together)
    segments = np.stack([cuts[:-1], cuts[1:]], axis=1)
    before = np.concatenate(([0], np.cumsum(differs)))
    return Alignment(boundaries, differs, segments, before[segments[:, 1]] > before[segments[:, 0]])


def _boundaries(encoded: Encoded, length: int) -> np.ndarray:
    marks = np.zeros(length + 1, dtype=bool)
    marks[[0, length]] = True
    inside = ~encoded.added
    marks[encoded.start[inside]] = True
    marks[encoded.end[inside]] = True
    return marks
