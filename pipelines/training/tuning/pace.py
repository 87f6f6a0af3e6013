"""How a tuning run computes on this machine: its precision, whether it is compiled, how it attends."""

from dataclasses import dataclass

import torch
from torch import nn

from pipelines.training.machine import attention_for, autocast_dtype, head_size_of, why_not_compiled
from pipelines.training.size import Size
from pipelines.training.speed import Speed, Work
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.losses import bare
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.trainer import shape_multiple

_FROZEN = 2 / 3  # of the arithmetic, where the weights themselves have no gradient


@dataclass(frozen=True)
class Pace:
    """``work`` is that of the whole run, of ``steps``; ``notice`` is for the visitor, empty where all is
    well."""

    numerics: Numerics
    work: Work
    steps: int
    notice: str = ""

    def remember(self, speed: Speed, seconds_per_step: float) -> None:
        """For the estimates of later runs."""
        if seconds_per_step > 0:
            one = Work(self.work.flops / self.steps, max(1, self.work.layer_passes // self.steps))
            speed.remember(one, seconds_per_step, self.numerics.compiled)


def pace_of(
    spec: SftSpec, size: Size, model: nn.Module, deck: Deck, device: torch.device, speed: Speed
) -> Pace:
    """Decided before the first step; sets the model's attention where another one is faster."""
    longest = max(deck.lengths)
    frozen = 1.0 if spec.method == "full" else _FROZEN
    flops = frozen * deck.tokens_at(deck.steps) * size.flops_per_token(longest)
    work = Work(flops, max(1, deck.steps * deck.passes * size.layers))
    reason = _why_not(spec, model, deck, device, speed.seconds(work, compiled=False))
    compiled = spec.compile and not reason
    inner = bare(model)
    if inner is not None:
        attention = attention_for(device, compiled, longest, head_size_of(inner.config))
        if attention:
            inner.set_attn_implementation(attention)
    numerics = Numerics(autocast_dtype(spec.precision, device), compiled)
    return Pace(numerics, work, deck.steps, reason)


def _why_not(spec: SftSpec, model: nn.Module, deck: Deck, device: torch.device, seconds: float) -> str:
    if not spec.compile:
        return ""
    if spec.processes > 1:
        return "The model runs uncompiled: several processes share it."
    if bare(model) is None or spec.method == "qlora":
        return "The model runs uncompiled: its kind of layers is not compiled here."
    shapes = len(deck.widths(shape_multiple(deck)))  # each is compiled for itself
    return why_not_compiled(device, seconds / shapes)
