"""Encoded rows as arrays: small in memory, one file on disk, so that a resumed job goes on with the same data
whatever has become of the file that they came from. Knows nothing about models or jobs.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset, Features, Sequence, Value

from pipelines.training.tuning.encode import Encoded
from pipelines.training.tuning.losses import IGNORED, Row

_FEATURES = Features({"input_ids": Sequence(Value("int32")), "labels": Sequence(Value("int32"))})


@dataclass(frozen=True)
class Rows:
    """All rows' tokens one after the other: ``ids[token]``, ``trained[token]`` whether it is learnt. Row
    ``i`` ends before token ``ends[i]`` and is the row ``numbers[i]`` of its file."""

    ids: np.ndarray
    trained: np.ndarray
    ends: np.ndarray
    numbers: np.ndarray

    def __len__(self) -> int:
        return len(self.ends)

    def __getitem__(self, place: int) -> Row:
        part = self._part(place)
        ids = self.ids[part].astype(np.int64)
        return {"input_ids": ids, "labels": np.where(self.trained[part], ids, IGNORED)}

    @property
    def sequences(self) -> "Rows":
        """The texts, one after the other: of rows that are texts, these."""
        return self

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.ends, prepend=0)

    @property
    def learnt_tokens(self) -> int:
        return int(self.trained.sum())

    def prompt(self, place: int) -> list[int]:
        """The tokens before the first that is learnt."""
        part = self._part(place)
        return self.ids[part][: int(np.argmax(self.trained[part]))].tolist()

    def learnt(self, place: int) -> list[int]:
        part = self._part(place)
        return self.ids[part][self.trained[part]].tolist()

    def thinned(self, tokens: int) -> "Rows":
        """Rows from all over, with about so many tokens in all; all of them where they are no more."""
        every = -(-len(self.ids) // tokens)
        return self if every <= 1 else self.chosen(range(0, len(self), every))

    def chosen(self, places: Iterable[int]) -> "Rows":
        return gathered(
            (int(self.numbers[i]), self.ids[p], self.trained[p]) for i in places for p in [self._part(i)]
        )

    def dataset(self) -> Dataset:
        """As TRL's trainer takes rows that are tokenized already."""
        rows = [self[place] for place in range(len(self))]
        columns = {name: [row[name] for row in rows] for name in ("input_ids", "labels")}
        return Dataset.from_dict(columns, features=_FEATURES)

    def save(self, file: Path) -> None:
        np.savez(file, ids=self.ids, trained=self.trained, ends=self.ends, numbers=self.numbers)

    @classmethod
    def load(cls, file: Path) -> "Rows":
        with np.load(file, allow_pickle=False) as arrays:
            return cls(**arrays)

    def _part(self, place: int) -> slice:
        return slice(int(self.ends[place - 1]) if place else 0, int(self.ends[place]))


def gathered(rows: Iterable[tuple[int, Any, Any]]) -> Rows:
    """From (number, token ids, which are learnt). A row's first token follows nothing, so it is never
    learnt."""
    numbers, ids, trained, ends = [], [np.zeros(0, np.int32)], [np.zeros(0, bool)], []
    total = 0
    for number, row, learnt in rows:
        numbers.append(number)
        ids.append(np.asarray(row, np.int32))
        mask = np.array(learnt, bool)
        mask[:1] = False
        trained.append(mask)
        total += len(row)
        ends.append(total)
    return Rows(
        np.concatenate(ids), np.concatenate(trained), np.array(ends, np.int64), np.array(numbers, np.int64)
    )


def learns_something(encoded: Encoded) -> bool:
    return any(encoded.trained[1:])
