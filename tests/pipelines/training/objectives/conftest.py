"""A spec and a tokenizer for each objective, small enough to try many."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from pipelines.training.specs import PretrainSpec
from pipelines.training.tokenizer import train_tokenizer


@pytest.fixture(scope="session")
def words(stories):
    """A tokenizer with a mask and sentinels enough for every mix."""
    return train_tokenizer(stories, 400, sentinels=70)


@pytest.fixture(scope="session")
def row(stories, words) -> np.ndarray:
    """All stories as one row of ids, each with its end-of-text token."""
    return np.concatenate([[*words(text).input_ids, words.eos_token_id] for text in stories])


@pytest.fixture
def windows(row) -> Callable[..., torch.Tensor]:
    """``windows(8, 32)`` → ids[8, 33], the same for the same seed."""

    def make(items: int, context: int, seed: int = 0) -> torch.Tensor:
        starts = np.random.default_rng(seed).integers(len(row) - context, size=items)
        return torch.from_numpy(np.stack([row[s : s + context + 1] for s in starts]).astype(np.int64))

    return make


def spec_of(architecture: str, **changed) -> PretrainSpec:
    fields = {
        "architecture": architecture,
        "vocab_size": 400,
        "num_layers": 2,
        "hidden_size": 32,
        "num_heads": 2,
        "num_kv_heads": 2,
        "intermediate_size": 48,
        "context_length": 32,
        "sample_prompts": ("Tom saw",),
        **changed,
    }
    return PretrainSpec(**fields)


@pytest.fixture
def make_spec() -> Callable[..., PretrainSpec]:
    return spec_of
