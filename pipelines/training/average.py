"""A running average of the weights, which is better than the last ones while the rate is still high
(Polyak & Juditsky 1992; in training of networks: Izmailov et al. 2018).

Kept in each checkpoint as safetensors, so that a resumed run has the same average.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import nn
from transformers import TrainerCallback, TrainerControl, TrainerState, TrainingArguments

_FILE = "average.safetensors"


class Average:
    """``decay`` of the old average and the rest of the new weights, step after step; at first less, so that
    the random weights of the start are soon forgotten."""

    def __init__(self, model: nn.Module, decay: float):
        self._decay = decay
        self._live = [p for p in model.parameters() if p.requires_grad]
        self._mean = [p.detach().clone() for p in self._live]

    @torch.no_grad()
    def update(self, step: int) -> None:
        decay = min(self._decay, step / (step + 10))
        torch._foreach_lerp_(self._mean, [p.detach() for p in self._live], 1 - decay)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Inside, the model has the averaged weights; after, its own."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for live, mean in zip(self._live, self._mean, strict=True):
            kept = live.detach().clone()
            live.copy_(mean)
            mean.copy_(kept)

    def save(self, folder: Path) -> None:
        save_file({str(i): m.contiguous() for i, m in enumerate(self._mean)}, folder / _FILE)

    def load(self, folder: Path) -> None:
        tensors = load_file(folder / _FILE)
        for i, mean in enumerate(self._mean):
            mean.copy_(tensors[str(i)])


@torch.no_grad()
def take_mean(models: Iterable[nn.Module]) -> nn.Module:
    """The first model, with the mean of the weights of all of them; one other at a time is held.

    Only for models that began at the same weights: the mean of strangers is noise (Wortsman et al. 2022).
    """
    rest = iter(models)
    mean = next(rest)
    for count, model in enumerate(rest, start=2):
        torch._foreach_lerp_(list(mean.parameters()), list(model.parameters()), 1 / count)
    return mean


class Averaging(TrainerCallback):
    """Keeps an :class:`Average` up to date during a Trainer's run. Must stand before the callback that
    declares a checkpoint whole."""

    def __init__(self, average: Average):
        self._average = average

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        self._average.update(state.global_step)

    def on_save(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **_: Any
    ) -> None:
        if state.is_world_process_zero:
            self._average.save(Path(args.output_dir) / f"checkpoint-{state.global_step}")
