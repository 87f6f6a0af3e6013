"""The result of a run as an ordinary model folder: bf16 safetensors, tokenizer, lineage, model card.

A result counts only after it was read back from disk and found to compute the same. Knows nothing about
jobs or trainers.
"""

import copy
import math
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.core.files import replacing, write_json
from pipelines.training.objectives import Objective
from pipelines.training.objectives.base import Batch

_SHARD = "9MB"  # below the size from which git hosts want large-file storage
_TOKEN_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")
_CLOSE = 0.05  # nats: rounding the weights to bf16 moves the loss by far less


def save_artifact(
    folder: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    check: tuple[Objective, Batch],
    lineage: dict[str, Any],
    card: str,
) -> None:
    """Write the folder whole or not at all: beside its place first, checked there, then renamed.

    ``check`` is an objective and a batch of held-out text, on which the copy from disk must agree with
    ``model``.
    """
    with replacing(folder) as beside:
        write_model(beside, model, tokenizer)
        check_reloaded(beside, model, *check)
        write_json(beside / "glassworks.json", lineage)
        (beside / "README.md").write_text(card, encoding="utf-8")


def check_reloaded(folder: Path, model: PreTrainedModel, objective: Objective, batch: Batch) -> None:
    """Raise :class:`GlassworksError` unless the model on disk loads and has the same loss as ``model``."""
    again = objective.auto_class.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
    ).to(model.device)
    there, here = _loss(again, objective, batch), _loss(model, objective, batch)
    if not math.isfinite(there) or abs(there - here) > _CLOSE:
        raise GlassworksError(
            f"The saved model does not compute what the trained one does (loss {there:.3f} against "
            f"{here:.3f}); the checkpoints are kept."
        )


def write_model(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    """The model as it stands, rounded to bf16, and its tokenizer."""
    rounded = copy.deepcopy(model).to(torch.bfloat16)
    rounded.config.use_cache = True
    if rounded.can_generate():
        ids = {name: getattr(tokenizer, name) for name in _TOKEN_IDS}
        start = getattr(rounded.config, "decoder_start_token_id", None)
        rounded.generation_config = GenerationConfig(**ids, decoder_start_token_id=start)
    rounded.save_pretrained(folder, max_shard_size=_SHARD)
    tokenizer.model_max_length = context_of(model)
    tokenizer.save_pretrained(folder)


def context_of(model: PreTrainedModel) -> int:
    """Positions that the model has; where it has no limit (t5), those that its tokenizer gives."""
    names = ("max_position_embeddings", "n_positions")
    return next((v for n in names if isinstance(v := getattr(model.config, n, None), int)), 512)


def _loss(model: PreTrainedModel, objective: Objective, batch: Batch) -> float:
    model.eval()
    with torch.inference_mode():
        return float(objective.loss(model, {name: ids.to(model.device) for name, ids in batch.items()}))
