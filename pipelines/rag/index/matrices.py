"""Whole collections of vectors in memory, the one used longest ago given up first."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Matrix:
    """``vectors[row]`` float32 of length 1 is that of ``ids[row]``; ids are in order. ``built`` are indexes
    over it, by their names: they go with it."""

    ids: tuple[str, ...]
    vectors: np.ndarray
    built: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def places(self) -> dict[str, int]:
        """Id → row."""
        return {one: row for row, one in enumerate(self.ids)}

    def only(self, ids: Sequence[str]) -> "Matrix":
        """Of these ids, as far as they are here."""
        rows = sorted(self.places[one] for one in set(ids) if one in self.places)
        return Matrix(tuple(self.ids[row] for row in rows), self.vectors[rows])

    def index(self, name: str, build: Callable[[np.ndarray], Any]) -> Any:
        """``build(vectors)``, once."""
        if name not in self.built:
            self.built[name] = build(self.vectors)
        return self.built[name]


class Filling:
    """A matrix in the making, part by part, with no second copy of the vectors in memory. ``ids`` are those
    to come, in any order; what does not come is left out."""

    def __init__(self, ids: Sequence[str]):
        self._ids = sorted(set(ids))
        self._places = {one: row for row, one in enumerate(self._ids)}
        self._come = np.zeros(len(self._ids), bool)
        self._vectors = np.zeros((0, 0), np.float32)

    def add(self, ids: Sequence[str], vectors: np.ndarray) -> None:
        if not self._vectors.size:
            self._vectors = np.empty((len(self._ids), vectors.shape[1]), np.float32)
        rows = [self._places[one] for one in ids]
        self._vectors[rows] = vectors
        self._come[rows] = True

    def matrix(self) -> Matrix:
        if self._come.all():
            return Matrix(tuple(self._ids), self._vectors)
        rows = np.flatnonzero(self._come)
        return Matrix(tuple(self._ids[row] for row in rows), self._vectors[rows])


class Matrices:
    """By collection, each as it was at one version. At most ``room`` bytes together, but the last one stays
    however large it is."""

    def __init__(self, room: int):
        self._room = room
        self._kept: OrderedDict[str, tuple[int, Matrix]] = OrderedDict()

    def get(self, collection: str, version: int) -> Matrix | None:
        kept = self._kept.get(collection)
        if kept is None or kept[0] != version:
            return None
        self._kept.move_to_end(collection)
        return kept[1]

    def keep(self, collection: str, version: int, matrix: Matrix) -> Matrix:
        self._kept[collection] = version, matrix
        self._kept.move_to_end(collection)
        while len(self._kept) > 1 and self.bytes > self._room:
            self._kept.popitem(last=False)
        return matrix

    def drop(self, collection: str) -> None:
        self._kept.pop(collection, None)

    @property
    def bytes(self) -> int:
        return sum(matrix.vectors.nbytes for _, matrix in self._kept.values())
