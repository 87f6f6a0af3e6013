"""A Trainer whose work several processes share, by DDP, FSDP or ZeRO: what each of them measures, and the
model in one piece at the end. In a single process all of this does nothing.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from accelerate import PartialState
from accelerate.utils import DistributedType, FullyShardedDataParallelPlugin
from torch import nn
from torch.distributed.fsdp import FSDPModule
from transformers import Trainer

from pipelines.core.errors import GlassworksError


class Spread(Trainer):
    """Stands before the Trainer that it extends."""

    _alone = False

    def create_accelerator_and_postprocess(self) -> None:
        super().create_accelerator_and_postprocess()
        state = self.accelerator.state
        if self.args.fsdp and state.distributed_type is DistributedType.MULTI_CPU:
            # accelerate looks at its plugin on GPUs only; the same code of torch splits a model on CPUs.
            state.fsdp_plugin = FullyShardedDataParallelPlugin(**self.args.fsdp_plugin_args)
            state.distributed_type = DistributedType.FSDP
            PartialState._shared_state["distributed_type"] = DistributedType.FSDP
            self.is_fsdp_enabled = True

    def _load_best_model(self) -> None:
        for part in self.model.modules():  # a model that has just written may still hold gathered weights
            if isinstance(part, FSDPModule):
                part.reshard()
        super()._load_best_model()

    @property
    def split(self) -> bool:
        """Whether no process has all of the model, so that all must take part when it is asked."""
        return bool(self.args.fsdp) or getattr(self.args.deepspeed_plugin, "zero_stage", 0) == 3

    @property
    def share(self) -> tuple[int, int]:
        """(p, n): of what is measured, this process takes the p-th of n parts."""
        return (0, 1) if self._alone else (self.args.process_index, self.args.world_size)

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        """Inside, this process waits for no other: for what the first one does alone before the training."""
        self._alone = True
        yield
        self._alone = False

    def summed(self, numbers: np.ndarray) -> np.ndarray:
        """Element by element over the processes that measure."""
        if self.share[1] == 1:
            return numbers
        total = torch.as_tensor(numbers, dtype=torch.float64, device=self.args.device)
        torch.distributed.all_reduce(total)
        return total.cpu().numpy().astype(numbers.dtype)

    def gathered(self, found: list[Any]) -> list[Any]:
        """What each process has found in the places of its share, None in the others', all together."""
        if self.share[1] == 1:
            return found
        of_each: list[list[Any]] = [[] for _ in range(self.share[1])]
        torch.distributed.all_gather_object(of_each, found)
        return [next((one for one in place if one is not None), None) for place in zip(*of_each, strict=True)]

    def put_together(self, build: Callable[[], nn.Module]) -> nn.Module | None:
        """After the training, to be called in every process: the first gets the model with all its weights,
        and goes on alone; the others get None. ``build`` makes such a model, for one that is split."""
        tensors = self.accelerator.get_state_dict(self.model_wrapped) if self.split else None
        self._alone = True
        if not self.is_world_process_zero():
            return None
        if tensors is not None:
            self.model = self.model_wrapped = self.made_ready(filled(build(), tensors))
        return self.model

    def made_ready(self, model: nn.Module) -> nn.Module:
        """As the trainer makes the model that it is given."""
        return model


def filled(model: nn.Module, tensors: dict[str, torch.Tensor]) -> nn.Module:
    """The model with these values, every parameter among them; a tied one under any of its names."""
    found = model.load_state_dict(tensors, strict=False)
    missing = set(found.missing_keys) & {name for name, _ in model.named_parameters()}
    if missing or found.unexpected_keys:
        names = ", ".join(sorted(missing | set(found.unexpected_keys))[:3])
        raise GlassworksError(f"The processes' parts do not make up the model: {names}.")
    return model


def of_all(count: Any, device: torch.device) -> torch.Tensor:
    """A number summed over the processes."""
    total = torch.as_tensor(count, dtype=torch.float32, device=device).clone()
    torch.distributed.all_reduce(total)
    return total
