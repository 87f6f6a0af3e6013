"""Encoded preferences as arrays, in the frame of fine-tuning's rows: what is compared lies side by side."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from datasets import Dataset

from pipelines.training.preferring.encode import encode_pair, encode_rated
from pipelines.training.rows.examples import Pair, Rated
from pipelines.training.tuning.prepared import Learnt, Reading
from pipelines.training.tuning.rows import Rows, gathered


@dataclass(frozen=True)
class AnswerRows:
    """``sequences`` are the answers, each after its prompt, ``EACH`` of a row one after the other; the tokens
    that are learnt are the answer's. A row's length is that of all its texts."""

    sequences: Rows
    EACH: ClassVar[int] = 1

    def __len__(self) -> int:
        return len(self.sequences) // self.EACH

    @property
    def ids(self) -> np.ndarray:
        return self.sequences.ids

    @property
    def numbers(self) -> np.ndarray:
        return self.sequences.numbers[:: self.EACH]

    @property
    def lengths(self) -> np.ndarray:
        return self.sequences.lengths.reshape(-1, self.EACH).sum(1)

    @property
    def learnt_tokens(self) -> int:
        return self.sequences.learnt_tokens

    def thinned(self, tokens: int) -> Any:
        """As :meth:`Rows.thinned`, by a fixed draw: in every second row all may be good answers."""
        kept = min(len(self), max(2, len(self) * tokens // max(1, len(self.ids))))
        drawn = np.random.default_rng(0).permutation(len(self))[:kept]
        return self if kept == len(self) else self.chosen(sorted(drawn.tolist()))

    def dataset(self) -> Dataset:
        """As TRL's trainers take rows that are tokenized already."""
        rows = [self[place] for place in range(len(self))]
        return Dataset.from_dict({name: [row[name] for row in rows] for name in rows[0]})

    def chosen(self, places: Iterable[int]) -> Any:
        raise NotImplementedError

    def __getitem__(self, place: int) -> dict[str, Any]:
        raise NotImplementedError

    def _sequences(self, places: Iterable[int]) -> Rows:
        return self.sequences.chosen(
            self.EACH * place + side for place in places for side in range(self.EACH)
        )

    def _parted(self, sequence: int) -> tuple[list[int], list[int]]:
        return self.sequences.prompt(sequence), self.sequences.learnt(sequence)


@dataclass(frozen=True)
class PairRows(AnswerRows):
    """The preferred answer of each pair first."""

    EACH: ClassVar[int] = 2

    def __getitem__(self, place: int) -> dict[str, Any]:
        (prompt, chosen), (_, rejected) = (self._parted(2 * place + side) for side in range(2))
        return {"prompt_ids": prompt, "chosen_ids": chosen, "rejected_ids": rejected}

    def chosen(self, places: Iterable[int]) -> "PairRows":
        return PairRows(self._sequences(places))

    def save(self, file: Path) -> None:
        self.sequences.save(file)

    @classmethod
    def load(cls, file: Path) -> "PairRows":
        return cls(Rows.load(file))

    @classmethod
    def gathered(cls, found: Iterable[Learnt]) -> "PairRows":
        return cls(gathered((e.row, text.input_ids, text.trained) for e, texts in found for text in texts))


@dataclass(frozen=True)
class RatedRows(AnswerRows):
    """``good[row]`` says which answers are good ones."""

    good: np.ndarray

    def __getitem__(self, place: int) -> dict[str, Any]:
        prompt, completion = self._parted(place)
        return {"prompt_ids": prompt, "completion_ids": completion, "label": bool(self.good[place])}

    def chosen(self, places: Iterable[int]) -> "RatedRows":
        places = list(places)
        return RatedRows(self._sequences(places), self.good[places])

    def save(self, file: Path) -> None:
        np.savez(file, good=self.good, **vars(self.sequences))

    @classmethod
    def load(cls, file: Path) -> "RatedRows":
        with np.load(file, allow_pickle=False) as arrays:
            told = dict(arrays)
        return cls(good=told.pop("good"), sequences=Rows(**told))

    @classmethod
    def gathered(cls, found: Iterable[Learnt]) -> "RatedRows":
        told = [(example, texts[0]) for example, texts in found]
        rows = gathered((e.row, text.input_ids, text.trained) for e, text in told)
        return cls(rows, np.array([e.good for e, _ in told], bool))


def _pair(example: Pair, tokenizer: Any, spec: Any) -> list[Learnt]:
    return [(example, encode_pair(example, tokenizer, spec))]


def _rated(example: Pair | Rated, tokenizer: Any, spec: Any) -> list[Learnt]:
    return [(one, (text,)) for one, text in encode_rated(example, tokenizer, spec)]


PAIRS = Reading(_pair, PairRows.gathered, PairRows.load)
RATED = Reading(_rated, RatedRows.gathered, RatedRows.load)
