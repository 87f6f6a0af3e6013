"""Greedy search and sampling: one row a text, each choosing its next token from its own distribution.

What other methods do to the logits first (DoLa, contrastive decoding) is a :class:`Contrast`, and what the
text must be is a :class:`Constraint`.
"""

from typing import Protocol

import torch

from pipelines.generation.comparing import Beams, Wrote
from pipelines.generation.loop.column import Feed, Given, Setting
from pipelines.generation.loop.line import Kept, Line, line
from pipelines.generation.loop.shaping import Raw, Stage, stages_of
from pipelines.generation.loop.telling import told
from pipelines.generation.loop.tokens import NothingLeftError
from pipelines.generation.strategy import Strategy


class Contrast(Protocol):
    """Scores in place of the logits. ``name`` is the stage's."""

    name: str
    needs_states: bool

    def begin(self, setting: Setting) -> None: ...

    def scores(self, given: Given) -> torch.Tensor:
        """[rows, vocabulary], -inf where a token is cut."""

    def fed(self, parents: list[int], tokens: list[int]) -> None:
        """The rows of the next forward, as in :class:`~pipelines.generation.loop.column.Feed`."""


class Constraint(Protocol):
    """What may come next in each text."""

    def begin(self, setting: Setting, samples: int) -> None: ...

    def allowed(self, samples: list[int]) -> torch.Tensor:
        """[samples, vocabulary], bool; no token at all where the text can only end."""

    def accept(self, sample: int, token: int) -> None: ...


class Search:
    """A :class:`~pipelines.generation.loop.column.Column`."""

    def __init__(
        self,
        index: int,
        strategy: Strategy,
        samples: int,
        contrast: Contrast | None = None,
        constraint: Constraint | None = None,
    ):
        self.index, self.strategy, self._key = index, strategy, strategy.digest()
        self._count = samples if strategy.draws else 1
        self._contrast, self._constraint = contrast, constraint
        self.needs_states = bool(contrast and contrast.needs_states)
        self.lines: list[Line] = []
        self._live: list[int] = []  # which text each row is

    @property
    def over(self) -> bool:
        return not self._live

    def begin(self, setting: Setting) -> None:
        self._setting, self._live = setting, list(range(self._count))
        self.lines = [line(setting, self.index, sample) for sample in self._live]
        prompt = torch.tensor(setting.prompt_ids, device=setting.loaded.device)
        self._ids = prompt.expand(self._count, -1)  # [rows, tokens so far]
        if self._contrast:
            self._contrast.begin(setting)
        if self._constraint:
            self._constraint.begin(setting, self._count)

    def step(self, given: Given | None) -> Feed:
        begins = len(given.logits) < len(self._live)  # at the prompt's one row all texts are the same
        if begins:
            given = given.rows([0] * len(self._live))
        rows, allowed = self._open_rows()
        if not rows:
            return Feed()
        ids = self._ids
        if len(rows) < len(self._live):
            given, ids = given.rows(rows), ids[rows]
        adjusted = self._contrast.scores(given) if self._contrast else None
        raw = Raw(given.logits, self._contrast.name if self._contrast else "", adjusted, allowed)
        stages = stages_of(self.strategy, raw, ids, self._setting.new_from)
        if allowed is not None and not stages[-1][1].isfinite().any(-1).all():
            raise NothingLeftError
        tokens = self._pick(stages[-1][1], [self._live[row] for row in rows])
        self._write(given, raw, stages, rows, tokens)
        return self._fed(rows, tokens, begins)

    def news(self) -> tuple[list[Wrote], list[Beams]]:
        return [new for one in self.lines if (new := one.news())], []

    def _open_rows(self) -> tuple[list[int], torch.Tensor | None]:
        """The rows after which a token can come, and which; texts that a constraint leaves none are ended."""
        rows = list(range(len(self._live)))
        if not self._constraint:
            return rows, None
        allowed = self._constraint.allowed(self._live)
        stuck = (~allowed.any(-1)).tolist()
        for row in rows:
            if stuck[row]:
                self.lines[self._live[row]].end("constraint")
        rows = [row for row in rows if not stuck[row]]
        if not rows:
            self._live = []
        return rows, allowed[rows]

    def _pick(self, scores: torch.Tensor, samples: list[int]) -> list[int]:
        """``scores`` [samples, vocabulary]; all live texts are equally long."""
        if self.strategy.draws:
            position = len(self.lines[samples[0]].ids)
            noise = self._setting.noise
            scores = scores + torch.stack([noise.gumbel(self._key, sample, position) for sample in samples])
        return scores.argmax(-1).tolist()

    def _write(self, given: Given, raw: Raw, stages: list[Stage], rows: list[int], tokens: list[int]) -> None:
        """The tokens into their texts; those that end are no longer live."""
        setting = self._setting
        for at, (row, one) in enumerate(zip(rows, told(given, tokens), strict=True)):
            text = self.lines[self._live[row]]
            text.forwards += 1
            text.add(one)
            if setting.trace:
                setting.tracer.add(text, [(name, scores[at]) for name, scores in stages], [one.id])
            if setting.remembers:
                text.kept.append(_kept(raw, at))
            if self._constraint:
                self._constraint.accept(text.sample, one.id)
            if reason := setting.ending(text):
                text.end(reason)

    def _fed(self, rows: list[int], tokens: list[int], begins: bool) -> Feed:
        """What goes on: rows of this step with their tokens."""
        going = [at for at, row in enumerate(rows) if not self.lines[self._live[row]].reason]
        parents, fed = [rows[at] for at in going], [tokens[at] for at in going]
        self._live = [self._live[row] for row in parents]
        new = torch.tensor(fed, dtype=torch.long, device=self._ids.device)[:, None]
        self._ids = torch.cat([self._ids[parents], new], 1)
        parents = [0] * len(parents) if begins else parents
        if self._contrast and parents:
            self._contrast.fed(parents, fed)
        return Feed(parents, fed)


def _kept(raw: Raw, row: int) -> Kept:
    adjusted = None if raw.adjusted is None else raw.adjusted[row]
    allowed = None if raw.allowed is None else raw.allowed[row]
    return Kept(raw.logits[row], raw.method, adjusted, allowed)
