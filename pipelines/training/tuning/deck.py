"""The order in which a tuning run takes its rows: batches of about equal length, so that little is padded.

Each pass over the rows is shuffled; long stretches of it are sorted by length and cut into batches, and the
batches shuffled again, so that no batch is all of one kind for longer than its rows are. Packing several rows
into one would waste nothing, but needs kernels that keep them apart; without those it costs loss. Knows
lengths alone.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

_STRETCH = 32  # batches whose rows are sorted together: enough that neighbours are alike in length


@dataclass(frozen=True)
class Deck:
    """``lengths[row]`` are tokens. A step takes ``passes`` batches of ``batch_size`` rows each; a batch that
    the end of the rows would leave short goes on with the next shuffle.

    >>> Deck((5, 9, 5, 9), batch_size=2, passes=1, steps=2, seed=0).batches
    [[1, 3], [2, 0]]
    """

    lengths: Sequence[int]
    batch_size: int
    passes: int
    steps: int
    seed: int

    @cached_property
    def batches(self) -> list[list[int]]:
        """Row numbers, of all forward passes of the run."""
        wanted = self.steps * self.passes
        shuffled = np.random.default_rng(self.seed)
        order = np.concatenate([shuffled.permutation(len(self.lengths)) for _ in range(self._rounds(wanted))])
        lengths, found = np.asarray(self.lengths), []
        for first in range(0, wanted * self.batch_size, _STRETCH * self.batch_size):
            stretch = order[first : min(first + _STRETCH * self.batch_size, wanted * self.batch_size)]
            alike = stretch[np.argsort(lengths[stretch], kind="stable")].reshape(-1, self.batch_size)
            found.extend(alike[shuffled.permutation(len(alike))].tolist())
        return found

    def shares(self, processes: int) -> "Shares":
        """The batches, each split among the processes: item ``m · processes + p`` is what process ``p`` has
        of pass ``m``, as accelerate deals them out."""
        return Shares([b[p::processes] for b in self.batches for p in range(processes)])

    @cached_property
    def tokens(self) -> list[int]:
        """Tokens read in the first 0, 1, 2, … optimiser steps, padding left out."""
        lengths = np.asarray(self.lengths)
        by_pass = np.array([lengths[batch].sum() for batch in self.batches])
        return [0, *by_pass.reshape(-1, self.passes).sum(1).cumsum().tolist()]

    def tokens_at(self, step: int) -> int:
        return self.tokens[min(step, self.steps)]

    def widths(self, multiple: int) -> set[int]:
        """The lengths that batches have when they are padded to a multiple."""
        return {padded(max(self.lengths[row] for row in batch), multiple) for batch in self.batches}

    def _rounds(self, wanted: int) -> int:
        return max(1, math.ceil(wanted * self.batch_size / len(self.lengths)))


class Shares(list):
    """Lists of row numbers, all of a length: what torch's loader takes as a batch sampler."""

    drop_last = False

    @property
    def batch_size(self) -> int:
        return len(self[0])


def steps_of(rows: int, epochs: float, batch_size: int, passes: int) -> int:
    """Optimiser steps of so many passes over the rows."""
    return max(1, math.ceil(epochs * rows / (batch_size * passes)))


def padded(length: int, multiple: int) -> int:
    """
    >>> padded(33, 16)
    48
    """
    return -(-length // multiple) * multiple
