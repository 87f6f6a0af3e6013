"""A run in stages: context, batch and mixture of texts may change as the training goes on.

Short contexts and small batches learn fastest at first, long ones and large ones are needed at the end
(as in the curricula of sequence length and batch size of Li et al. 2022, "The Stability-Efficiency
Dilemma"). A stage is written as a line::

    0.4 context=256 batch_size=32 second_share=0.6

which is: 40 % of the steps with these settings; what a line leaves out is as the spec says. Knows nothing
about text or models. Standard library only.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from pipelines.core.errors import SpecError

FORM = "lines such as '0.4 context=256 batch_size=32 second_share=0.5', whose first numbers add up to 1"
_KEYS = ("context", "batch_size", "second_share")


@dataclass(frozen=True)
class Stage:
    """Steps ``first`` to ``end`` − 1. ``batch_size`` sequences a forward pass, of which the share
    ``second_share`` comes from the second corpus."""

    first: int
    end: int
    context: int
    batch_size: int
    second_share: float

    @property
    def steps(self) -> int:
        return self.end - self.first


@dataclass(frozen=True)
class Plan:
    """All stages of a run, and how many forward passes an optimiser step takes."""

    stages: tuple[Stage, ...]
    passes: int

    @property
    def steps(self) -> int:
        return self.stages[-1].end

    @property
    def tokens(self) -> int:
        return self.tokens_at(self.steps)

    def stage_at(self, step: int) -> Stage:
        """The stage of optimiser step ``step``, counted from 0; after the end, the last one."""
        return next((s for s in self.stages if step < s.end), self.stages[-1])

    def tokens_at(self, step: int) -> int:
        """Tokens drawn in the first ``step`` optimiser steps."""
        return sum(max(0, min(step, s.end) - s.first) * self.tokens_per_step(s) for s in self.stages)

    def tokens_per_step(self, stage: Stage) -> int:
        return stage.batch_size * stage.context * self.passes

    @property
    def second_tokens(self) -> float:
        """Tokens drawn from the second corpus in the whole run."""
        return sum(s.steps * self.tokens_per_step(s) * s.second_share for s in self.stages)

    @property
    def longest_context(self) -> int:
        return max(s.context for s in self.stages)

    @property
    def largest_pass(self) -> int:
        """The most tokens of one forward pass, which decide the memory."""
        return max(s.batch_size * s.context for s in self.stages)


def plan(
    lines: tuple[str, ...], steps: int, context: int, batch_size: int, second_share: float, passes: int
) -> Plan:
    """The stages that ``lines`` describe; without lines, one stage with the given settings.

    Raises :class:`SpecError` for a line that cannot be read, or shares that do not add up to 1.
    """
    start = {"context": context, "batch_size": batch_size, "second_share": second_share}
    read = [_read(line, start) for line in lines if line.strip()] or [(1.0, start)]
    if abs(sum(share for share, _ in read) - 1) > 1e-6:
        raise SpecError("stages", " / ".join(lines), FORM)
    return Plan(tuple(_stages(read, steps)), passes)


def _stages(read: list[tuple[float, dict]], steps: int) -> Iterator[Stage]:
    first, share_so_far = 0, 0.0
    for share, settings in read:
        share_so_far += share
        end = round(steps * min(1.0, share_so_far))
        if end <= first:
            raise SpecError("stages", share, f"shares of at least one step each (of {steps})")
        yield Stage(first, end, **settings)
        first = end


def _read(line: str, start: dict) -> tuple[float, dict]:
    share, *rest = line.split()
    settings = dict(start)
    try:
        for word in rest:
            key, _, value = word.partition("=")
            if key not in _KEYS:
                raise ValueError
            settings[key] = float(value) if key == "second_share" else int(value)
        fraction = float(share)
    except ValueError:
        raise SpecError("stages", line, FORM) from None
    _check(line, fraction, settings, start["context"])
    return fraction, settings


def _check(line: str, fraction: float, settings: dict, longest: int) -> None:
    if not 0 < fraction <= 1:
        raise SpecError("stages", line, FORM)
    if not 16 <= settings["context"] <= longest:
        raise SpecError("stages", line, f"a context from 16 to the run's own ({longest})")
    if not 1 <= settings["batch_size"] <= 1024:
        raise SpecError("stages", line, "a batch_size from 1 to 1024")
    if not 0 <= settings["second_share"] <= 0.95:
        raise SpecError("stages", line, "a second_share from 0 to 0.95")
