"""The sums of a measurement while its documents are read, in whatever order their windows come back."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from re import split
from typing import Any

import numpy as np

from pipelines.evaluation.language.encoding import encoded, tile_bytes
from pipelines.evaluation.language.kept import Kept
from pipelines.evaluation.language.losses import Losses
from pipelines.evaluation.language.result import (
    BYTES,
    CHARACTERS,
    COLUMNS,
    NATS,
    TOKENS,
    UNKNOWN,
    WORDS,
    LanguageResult,
    place_of,
)
from pipelines.evaluation.language.windows import Size, Window, windows
from pipelines.models.loader import LoadedModel

_MOST_PLACES = 64


@dataclass(frozen=True, eq=False)
class Placed:
    """A window of document number ``document``; its scored tokens stand for so many ``bytes`` [scored]."""

    document: int
    window: Window
    bytes: np.ndarray


class Ledger:
    """``start`` is the token before every document, ``keep`` how many tokens of the first one are kept."""

    def __init__(self, loaded: LoadedModel, start: int | None, size: Size, keep: int):
        self._name, self._tokenizer = loaded.name, loaded.tokenizer
        self._start, self._size = start, size
        self._rows: list[list[float]] = []
        self._places = np.zeros((_MOST_PLACES, 3))
        self._kept = Kept(loaded.tokenizer, keep)
        self._read, self._scored, self._characters, self._told = 0, 0, 0, 0

    def placed(self, text: str) -> Iterator[Placed]:
        """The document's windows; with its first token it gets a row."""
        row, weights = [0.0] * len(COLUMNS), array("l")
        row[BYTES], row[CHARACTERS], row[WORDS] = len(text.encode()), len(text), len(split(r"\s+", text))
        for window in windows(self._pieces(text, row, weights), self._start, self._size):
            at = slice(window.first, window.first + window.scored)
            yield Placed(len(self._rows) - 1, window, np.array(weights[at]))

    def add(self, one: Placed, losses: Losses) -> None:
        row, window = self._rows[one.document], one.window
        row[NATS] += float(losses.nats.sum(dtype=np.float64))
        row[TOKENS] += window.scored
        self._scored += window.scored
        columns = np.stack([losses.nats, np.ones(window.scored), one.bytes], 1)
        np.add.at(self._places, place_of(window.before), columns)
        if not one.document:
            self._kept.add(window, losses)

    def advanced(self) -> int:
        """Characters since the last call: of those that were encoded, the share whose tokens are scored."""
        reached = max(self._told, self._characters * self._scored // max(1, self._read))
        new, self._told = reached - self._told, reached
        return new

    def result(self) -> LanguageResult:
        known = np.array([row for row in self._rows if row[TOKENS]], np.float64).reshape(-1, len(COLUMNS))
        used = np.flatnonzero(self._places[:, 1])
        places = self._places[: used[-1] + 1] if len(used) else self._places[:0]
        started = self._start is not None
        size = self._size
        return LanguageResult(
            self._name, size.context, size.stride, known, places, started, self._kept.shown()
        )

    def _pieces(self, text: str, row: list[float], weights: array) -> Iterator[list[int]]:
        reached = 0
        for piece in encoded(self._tokenizer, text):
            if not len(piece):
                continue
            if not weights:
                self._begin(row, text[: int(piece.ends[0])])
            sizes, end = tile_bytes(text, piece, reached)
            weights.extend(sizes.tolist())
            row[UNKNOWN] += _unknown(self._tokenizer, piece.ids)
            self._read += len(piece)
            self._characters += end - reached
            if row is self._rows[0]:
                self._kept.note(text, piece)
            reached = end
            yield piece.ids.tolist()

    def _begin(self, row: list[float], first: str) -> None:
        """``first`` is what the first token stands for: where nothing predicts it, that does not count."""
        self._rows.append(row)
        if self._start is None:
            row[BYTES] -= len(first.encode())
            row[CHARACTERS] -= len(first)


def _unknown(tokenizer: Any, ids: np.ndarray) -> int:
    return 0 if tokenizer.unk_token_id is None else int((ids == tokenizer.unk_token_id).sum())
