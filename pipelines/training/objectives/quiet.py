"""Asking a model in the middle of its training, without a trace in the training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch.distributed.fsdp import FSDPModule
from transformers import PreTrainedModel


@contextmanager
def quietly(model: PreTrainedModel) -> Iterator[None]:
    """No gradients, no dropout; the mode and the random state are put back as they were."""
    was_training = model.training
    # What FSDP gathers for a pass is used again in training, where tensors of inference mode are refused.
    without_gradients = torch.no_grad() if isinstance(model, FSDPModule) else torch.inference_mode()
    model.eval()
    try:
        with torch.random.fork_rng(), without_gradients:
            yield
    finally:
        model.train(was_training)
