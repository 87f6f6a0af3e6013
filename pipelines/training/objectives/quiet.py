"""Asking a model in the middle of its training, without a trace in the training."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from transformers import PreTrainedModel


@contextmanager
def quietly(model: PreTrainedModel) -> Iterator[None]:
    """No gradients, no dropout; the mode and the random state are put back as they were."""
    was_training = model.training
    model.eval()
    try:
        with torch.random.fork_rng(), torch.inference_mode():
            yield
    finally:
        model.train(was_training)
