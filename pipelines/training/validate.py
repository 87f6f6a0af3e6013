"""The loss on held-out text, as every process of a run computes its part of it."""

import torch
from accelerate import PartialState
from torch import nn
from transformers import PreTrainedTokenizerFast

from pipelines.training.data import Windows
from pipelines.training.objectives import Objective
from pipelines.training.specs import PretrainSpec

_PASS_TOKENS = 4_096  # a forward pass: so that small training batches do not make validation slow


def held_out_loss(
    model: nn.Module,
    objective: Objective,
    windows: Windows,
    spec: PretrainSpec,
    tokenizer: PreTrainedTokenizerFast,
) -> float:
    """Mean nats a predicted token over ``windows``; the model is left in the mode it was in.

    At most about ``measure.EVAL_TOKENS`` are read, as :class:`Windows` thins them.
    """
    state, was_training = PartialState(), model.training
    size = max(1, _PASS_TOKENS // windows.context)
    groups = [range(i, min(i + size, len(windows))) for i in range(0, len(windows), size)]
    total = torch.zeros(2, dtype=torch.float64)
    model.eval()
    with torch.no_grad():
        for group in groups[state.process_index :: state.num_processes]:
            batch = objective.batch(windows.__getitems__(list(group)), spec, tokenizer)
            there = {name: tensor.to(_device(model)) for name, tensor in batch.items()}
            total += torch.tensor([float(objective.loss(model, there)) * len(group), len(group)])
    model.train(was_training)
    if state.num_processes > 1:
        summed = total.to(_device(model), torch.float32)
        torch.distributed.all_reduce(summed)
        total = summed.cpu()
    return float(total[0] / total[1])


def _device(model: nn.Module) -> torch.device:
    return next(model.parameters()).device
