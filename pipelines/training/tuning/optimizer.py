"""The optimiser of a tuning run where it is not the Trainer's own."""

import torch
from torch import nn
from transformers import TrainingArguments

from pipelines.training.optimizers import make_optimizer


def optimizer_of(name: str, model: nn.Module, arguments: TrainingArguments) -> torch.optim.Optimizer | None:
    """Muon for the matrices with AdamW for the rest; None for ``adamw``, which the Trainer makes itself."""
    if name != "muon":
        return None
    return make_optimizer(name, model, arguments.learning_rate, arguments.weight_decay, arguments.adam_beta2)
