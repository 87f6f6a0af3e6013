"""Encoded prompts as arrays, in the frame of fine-tuning's rows, each with its question and its right answer
as texts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.core.errors import GlassworksError
from pipelines.training.preferring.online.encode import encode_asked, prompt_tokens
from pipelines.training.preferring.online.rewards import number_in
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.preferring.rows import AnswerRows
from pipelines.training.rows.examples import Asked
from pipelines.training.tuning.prepared import Learnt, Reading
from pipelines.training.tuning.rows import Rows, gathered


@dataclass(frozen=True)
class AskedRows(AnswerRows):
    """``sequences`` are prompts, each with its right answer. ``room`` tokens are kept for the model's own."""

    questions: np.ndarray
    answers: np.ndarray
    room: int

    def __getitem__(self, place: int) -> dict[str, Any]:
        return {
            "prompt": str(self.questions[place]),
            "prompt_ids": self.sequences.prompt(place),
            "answer": str(self.answers[place]),
            "row": int(self.numbers[place]),
        }

    @property
    def lengths(self) -> np.ndarray:
        """Of a prompt with one answer of the most tokens."""
        return np.array([len(self.sequences.prompt(i)) for i in range(len(self))]) + self.room

    def thinned(self, tokens: int) -> "AskedRows":
        return self  # as many as the spec wants are held out

    def chosen(self, places: Iterable[int]) -> "AskedRows":
        places = list(places)
        told = (self.questions[places], self.answers[places])
        return AskedRows(self._sequences(places), *told, self.room)

    def save(self, file: Path) -> None:
        told = {"questions": self.questions, "answers": self.answers, "room": np.int64(self.room)}
        np.savez(file, **told, **vars(self.sequences))

    @classmethod
    def load(cls, file: Path) -> "AskedRows":
        with np.load(file, allow_pickle=False) as arrays:
            told = dict(arrays)
        texts = (told.pop("questions"), told.pop("answers"), int(told.pop("room")))
        return cls(Rows(**told), *texts)

    @classmethod
    def gathered(cls, room: int, found: Iterable[Learnt]) -> "AskedRows":
        told = [(asked, text) for asked, (text,) in found]
        rows = gathered((asked.row, text.input_ids, text.trained) for asked, text in told)
        questions, answers = ([getattr(asked, side) for asked, _ in told] for side in ("prompt", "answer"))
        return cls(rows, np.array(questions, str), np.array(answers, str), room)


def reading_of(spec: OnlineSpec, source: Callable[..., Any]) -> Reading:
    """``source(spec, settings, check)`` gives the prompts."""
    return Reading(_encoded, partial(AskedRows.gathered, spec.max_new_tokens), AskedRows.load, source)


def _encoded(asked: Asked, tokenizer: Any, spec: OnlineSpec) -> list[Learnt]:
    """Raises :class:`GlassworksError` for a row that cannot be asked, and says what to change."""
    if not asked.prompt.strip():
        raise GlassworksError("There is no prompt. Fill the column, or leave the row out.")
    if spec.needs_answers and number_in(asked.answer) is None:
        raise GlassworksError(
            "The reward correct needs an answer with a number in it. Give the rows a column answer, or leave "
            "correct out of rewards."
        )
    encoded = encode_asked(asked, tokenizer, spec.chat_template)
    prompt = prompt_tokens(encoded)
    if prompt + spec.max_new_tokens > spec.max_length:
        raise GlassworksError(
            f"The prompt has {prompt:,} tokens, and max_new_tokens {spec.max_new_tokens:,} more do not fit "
            f"into max_length {spec.max_length:,}. Raise max_length, or lower max_new_tokens."
        )
    return [(asked, (encoded,))]
