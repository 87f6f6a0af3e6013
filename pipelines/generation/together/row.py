"""One text as it is made: its tokens, the characters that they spell, and where it ends. Knows no model."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.generation.together.stops import cut_at

_HALF = "\ufffd"
_CONTEXT = 6  # prompt tokens decoded along, so that a first word keeps the space it begins with


class Spelling:
    """Tokens into characters, a few at a time: only those that the last whole character depends on are
    decoded again. Special tokens are not shown."""

    def __init__(self, tokenizer: Any, before: Sequence[int]):
        self._tokenizer = tokenizer
        self._ids = list(before[-_CONTEXT:])
        self._from, self._read = 0, len(self._ids)  # decoded along; shown already
        self.text = ""

    def add(self, token: int) -> None:
        self._ids.append(token)
        if not (new := self._new()).endswith(_HALF):
            self._show(new)

    def finish(self) -> None:
        """Bytes that never became a character show as U+FFFD."""
        self._show(self._new())

    def _show(self, new: str) -> None:
        if new:
            self.text += new
            self._from, self._read = self._read, len(self._ids)

    def _new(self) -> str:
        return self._decoded(len(self._ids))[len(self._decoded(self._read)) :]

    def _decoded(self, end: int) -> str:
        ids = self._ids[self._from : end]
        return self._tokenizer.decode(ids, skip_special_tokens=True, clean_up_tokenization_spaces=False)


@dataclass(frozen=True)
class Manner:
    """How a text is written: it ends before the first of ``stop``; ``temperature`` 0 is greedy."""

    stop: tuple[str, ...] = ()
    temperature: float = 0.0
    top_p: float = 1.0
    seed: int = 0


class Row:
    """One sample of what is asked by ``number``. ``prompt`` are the ids that it follows, ``room`` how many
    tokens it may have, ``ends`` and ``stops`` the tokens after which it is over: the model's own, and markers
    that are tokens. :attr:`ids` are the tokens that it made, its end's and a marker's too, and :attr:`finish`
    is ``end`` (the model ended it), ``stop`` (at a marker) or ``length``; empty while it goes on.

    Its draws come from a generator of its own, seeded by the manner and the sample: whatever else is in the
    batch, they are the same."""

    def __init__(
        self,
        number: int,
        sample: int,
        manner: Manner,
        prompt: Sequence[int],
        room: int,
        tokenizer: Any,
        ends: frozenset[int],
        stops: frozenset[int],
    ):
        self.number, self.sample, self.manner = number, sample, manner
        self.prompt, self.room = tuple(prompt), room
        self._tokenizer, self._ends, self._stops = tokenizer, ends, stops
        self._longest = max(map(len, manner.stop), default=0)
        self.restart()

    def restart(self) -> None:
        """As if nothing had been written."""
        self.ids: list[int] = []
        self.finish = ""
        self._draws = random.Random(f"{self.manner.seed}/{self.sample}")
        self._spelling = Spelling(self._tokenizer, self.prompt)
        self._cut = -1

    @property
    def length(self) -> int:
        """Tokens that it may come to, its prompt included."""
        return len(self.prompt) + self.room

    def draw(self) -> float:
        """Above 0, at most 1."""
        return 1.0 - self._draws.random()

    def add(self, token: int) -> None:
        self.ids.append(token)
        if token in self._ends:
            self._end("end")
        elif token in self._stops:
            self._end("stop")
        elif self._spelled(token) >= 0:
            self.finish = "stop"
        elif len(self.ids) >= self.room:
            self._end("length")

    @property
    def text(self) -> str:
        """Without the marker at which it stopped."""
        text = self._spelling.text
        return text if self._cut < 0 else text[: self._cut]

    def _spelled(self, token: int) -> int:
        """Where a marker begins that this token completes, else -1. It may have begun tokens ago."""
        known = len(self._spelling.text)
        self._spelling.add(token)
        self._cut = cut_at(self._spelling.text, self.manner.stop, known - self._longest + 1)
        return self._cut

    def _end(self, finish: str) -> None:
        known = len(self._spelling.text)
        self._spelling.finish()
        self._cut = cut_at(self._spelling.text, self.manner.stop, known - self._longest + 1)
        self.finish = "stop" if self._cut >= 0 else finish
