"""Runs of the decoding loop on tiny models, and distributions computed again without any of its parts."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from pipelines.generation.comparing import DecodeStep
from pipelines.generation.loop.candidates import Tracer
from pipelines.generation.loop.column import Column, Setting
from pipelines.generation.loop.noise import Noise
from pipelines.generation.loop.run import Run
from pipelines.models.loader import LoadedModel

# Families that write on, with a cache of each kind, and one that keeps none.
DECODERS = (
    "gpt2", "llama", "qwen3", "mistral", "gemma2", "gpt_neox", "opt", "bloom", "falcon", "mpt", "mamba",
)  # fmt: skip
PROMPT = [17, 94, 55, 201, 94, 55, 8]


def setting(loaded: LoadedModel, prompt: Sequence[int] = PROMPT, **changed: Any) -> Setting:
    """Twelve new tokens, no ends, the same noise for all, every step remembered and traced."""
    width = loaded.model.config.get_text_config().vocab_size
    values = {
        "others": {}, "prompt_hidden": None, "ends": frozenset(), "max_new_tokens": 12, "full": "length",
        "new_from": len(prompt), "trace": 5, "noise": Noise(3, True, width, loaded.device), "remembers": True,
    }  # fmt: skip
    given = {**values, **changed}
    tracer = Tracer(loaded.tokenizer, given["trace"])
    return Setting(loaded=loaded, prompt_ids=list(prompt), tracer=tracer, **given)


def run(made: Setting, *columns: Column) -> list[DecodeStep]:
    """The steps, the columns being over."""
    steps = [step for step in Run(made, columns).steps() if step is not None]
    assert all(column.over for column in columns)
    return steps


def texts(*columns: Column) -> list[list[int]]:
    """The ids of every text of every column."""
    return [line.ids for column in columns for line in column.lines]


@torch.inference_mode()
def whole(model: Any, ids: Sequence[int]) -> Any:
    """A forward of all ``ids`` with no cache, hidden states included."""
    return model(input_ids=torch.tensor([list(ids)]), use_cache=False, output_hidden_states=True)


def log_softmax(logits: torch.Tensor) -> np.ndarray:
    """In doubles."""
    return logits.double().log_softmax(-1).numpy()


def check_contrast(
    found: torch.Tensor, liked: np.ndarray, other: np.ndarray, plausibility: float
) -> np.ndarray:
    """``found`` are log p − log q where p ≥ plausibility · max p, else -inf; returns them in doubles. A token
    that is as likely as the threshold but for rounding may be on either side of it."""
    above = liked - liked.max() - (math.log(plausibility) if plausibility else -math.inf)
    expected, sure = np.where(above >= 0, liked - other, -np.inf), np.abs(above) > 1e-4
    np.testing.assert_allclose(found.numpy()[sure], expected[sure], atol=1e-3)
    return expected
