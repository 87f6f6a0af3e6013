"""What a strategy is to the loop: a column of rows in a batch that all strategies share.

One step of the loop is one forward for the rows of all columns. A column is given what the model says after
each of its rows, and answers with the rows of the next forward: which of its rows each continues, and by
which token. Before the first step every column has one row, the prompt.
"""

from dataclasses import dataclass, field
from typing import Protocol

import torch

from pipelines.generation.comparing import Beams, Wrote
from pipelines.generation.loop.candidates import Tracer
from pipelines.generation.loop.line import Line
from pipelines.generation.loop.noise import Noise
from pipelines.generation.strategy import Strategy
from pipelines.models.loader import LoadedModel


@dataclass(frozen=True)
class Given:
    """What the model said after each row of a column. ``hidden`` are the last layer's states after its norm,
    ``layers`` those after every layer from the embedding on; both are None where no column needs them."""

    logits: torch.Tensor  # [rows, vocabulary], float32
    log_probs: torch.Tensor  # [rows, vocabulary]: the raw distribution
    entropies: torch.Tensor  # [rows], nats
    hidden: torch.Tensor | None = None  # [rows, width]
    layers: tuple[torch.Tensor, ...] | None = None  # each [rows, width]

    def rows(self, which: slice | list[int]) -> "Given":
        layers = None if self.layers is None else tuple(one[which] for one in self.layers)
        hidden = None if self.hidden is None else self.hidden[which]
        return Given(self.logits[which], self.log_probs[which], self.entropies[which], hidden, layers)


@dataclass(frozen=True)
class Feed:
    """The rows of the next forward: each continues ``parents[i]``, a row of this step, by ``tokens[i]``. None
    at all when the column needs no more forwards of the shared batch."""

    parents: list[int] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Setting:
    """What all columns of a run have in common."""

    loaded: LoadedModel
    others: dict[str, LoadedModel]  # by name: amateurs and drafts
    prompt_ids: list[int]  # all that stands there already, the branch's tokens included
    new_from: int  # where the new text begins in them: what penalties count as new
    prompt_hidden: torch.Tensor | None  # [tokens, width], where a column needs it
    ends: frozenset[int]
    max_new_tokens: int  # no more than the context has room for
    full: str  # why a text ends that has this many: length or context
    trace: int
    noise: Noise
    remembers: bool
    tracer: Tracer

    def ending(self, line: Line) -> str:
        """Why a text is over that has just got its newest token; empty while it is not."""
        if line.ids[-1] in self.ends:
            return "eos"
        return self.full if len(line.ids) >= self.max_new_tokens else ""


class Column(Protocol):
    """Made with ``(index, strategy, samples)``; gets its :class:`Setting` by ``begin`` when the prompt is in.
    ``needs_states``: whether it reads hidden states."""

    index: int
    strategy: Strategy
    needs_states: bool

    def begin(self, setting: Setting) -> None: ...

    def step(self, given: Given | None) -> Feed:
        """``given`` is None for a column that had no rows in this forward (it makes forwards of its own)."""

    @property
    def over(self) -> bool:
        """Whether all of its texts are finished."""

    def news(self) -> tuple[list[Wrote], list[Beams]]:
        """What the last step brought."""

    @property
    def lines(self) -> list[Line]:
        """Its texts, one a sample; of a beam search the best one alone, once it is over."""
