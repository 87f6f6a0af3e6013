"""One text that grows: its tokens, what the model's raw distribution said of them, and what is remembered."""

import time
from dataclasses import dataclass, field
from typing import Any

import torch

from pipelines.generation.comparing import Stages, Wrote
from pipelines.generation.detokenizer import Detokenizer


@dataclass(frozen=True)
class Kept:
    """What is remembered of one step, so that it can be shown again with other settings.

    ``adjusted`` are scores that the strategy's method has put in place of the logits, under the stage's name
    ``method``; ``allowed`` is a mask over the vocabulary where a constraint held; ``draft`` is the draft
    model's distribution where one proposed. All are [vocabulary], float32 but the mask.
    """

    logits: torch.Tensor
    method: str = ""
    adjusted: torch.Tensor | None = None
    allowed: torch.Tensor | None = None
    draft: torch.Tensor | None = None


@dataclass(frozen=True)
class Told:
    """One token with what the raw distribution says of it."""

    id: int
    log_prob: float
    rank: int
    entropy: float


@dataclass
class Line:
    """Call :meth:`add` for each token and :meth:`end` once; :meth:`news` tells what is new."""

    column: int
    sample: int
    detokenizer: Detokenizer
    ids: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)
    origins: list[str] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    stages: list[Stages] = field(default_factory=list)
    reason: str = ""
    score: float = float("nan")
    forwards: int = 0
    drafted: int = 0
    accepted: int = 0
    first_at: float = float("nan")  # time.perf_counter
    last_at: float = float("nan")
    _shown: int = 0
    _rejected: tuple[int, str] = (-1, "")

    def add(self, told: Told, origin: str = "own", stages: Stages | None = None) -> None:
        """A token; its text may come with a later one that completes the character."""
        self.last_at = time.perf_counter()
        if not self.ids:
            self.first_at = self.last_at
        self.ids.append(told.id)
        self.texts.append(self.detokenizer.add(told.id))
        self.told.append(told)
        self.origins.append(origin)
        if stages is not None:
            self.stages.append(stages)

    def reject(self, id_: int, text: str) -> None:
        """A draft's token that is refused before the next one."""
        self._rejected = (id_, text)

    def end(self, reason: str) -> None:
        self.reason = reason
        if self.texts:
            self.texts[-1] += self.detokenizer.finish()

    def news(self) -> Wrote | None:
        """None where nothing came since the last call."""
        new = slice(self._shown, len(self.ids))
        if new.start == new.stop:
            return None
        (refused, text), self._rejected, self._shown = self._rejected, (-1, ""), new.stop
        told = self.told[new]
        origins = tuple(self.origins[new])
        return Wrote(
            column=self.column,
            sample=self.sample,
            ids=tuple(self.ids[new]),
            texts=tuple(self.texts[new]),
            log_probs=tuple(one.log_prob for one in told),
            ranks=tuple(one.rank for one in told),
            entropies=tuple(one.entropy for one in told),
            origins=origins if "draft" in origins else (),
            rejected=refused,
            rejected_text=text,
            stages=tuple(self.stages[new]) if self.stages else (),
        )


def line(setting: Any, column: int, sample: int) -> Line:
    """An empty text after the prompt of a :class:`~pipelines.generation.loop.column.Setting`."""
    return Line(column, sample, Detokenizer(setting.loaded.tokenizer, setting.prompt_ids))
