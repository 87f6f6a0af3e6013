"""The result of a run as an ordinary model folder: bf16 safetensors, tokenizer, lineage, model card.

A result counts only after it was read back from disk and found to compute the same. Knows nothing about
jobs or trainers.
"""

import copy
import math
import os
import shutil
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.core.files import write_json
from pipelines.training.loss import next_token_loss

_SHARD = "9MB"  # below the size from which git hosts want large-file storage
_CLOSE = 0.05  # nats: rounding the weights to bf16 moves the loss by far less


def save_artifact(
    folder: Path,
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    batch: torch.Tensor,
    lineage: dict[str, Any],
    card: str,
) -> None:
    """Write the folder whole or not at all: beside its place first, checked there, then renamed.

    ``batch`` is ids[item, position] of held-out text, on which the copy from disk must agree with ``model``.
    """
    beside = folder.with_name(f".{folder.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    _write_model(beside, model, tokenizer)
    check_reloaded(beside, model, batch)
    write_json(beside / "glassworks.json", lineage)
    (beside / "README.md").write_text(card, encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(beside, folder)


def check_reloaded(folder: Path, model: PreTrainedModel, batch: torch.Tensor) -> None:
    """Raise :class:`GlassworksError` unless the model on disk loads and has the same loss as ``model``."""
    again = AutoModelForCausalLM.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
    ).to(model.device)
    there, here = _loss(again, batch), _loss(model, batch)
    if not math.isfinite(there) or abs(there - here) > _CLOSE:
        raise GlassworksError(
            f"The saved model does not compute what the trained one does (loss {there:.3f} against "
            f"{here:.3f}); the checkpoints are kept."
        )


def _write_model(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    rounded = copy.deepcopy(model).to(torch.bfloat16)
    rounded.config.use_cache = True
    rounded.generation_config = GenerationConfig(
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    rounded.save_pretrained(folder, max_shard_size=_SHARD)
    tokenizer.model_max_length = model.config.max_position_embeddings
    tokenizer.save_pretrained(folder)


def _loss(model: PreTrainedModel, batch: torch.Tensor) -> float:
    model.eval()
    ids = batch.to(model.device)
    with torch.inference_mode():
        return float(next_token_loss(model, ids[:, :-1], ids[:, 1:]))
