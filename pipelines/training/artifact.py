"""The result of a run as an ordinary model folder: bf16 safetensors, tokenizer, lineage, model card.

A result counts only after it was read back from disk and found to compute the same. Knows nothing about
jobs or trainers.
"""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError
from pipelines.core.files import replacing, write_json
from pipelines.models.writing import context_of, write_model
from pipelines.training.objectives import Objective
from pipelines.training.objectives.base import Batch

__all__ = ["check_reloaded", "check_same", "context_of", "save_artifact", "write_beside", "write_model"]

_CLOSE = 0.05  # nats: rounding the weights to bf16 moves the loss by far less

Loss = Callable[[Any], float]  # of a model on some held-out rows, in nats


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
        write_beside(beside, lineage, card)


def check_reloaded(folder: Path, model: PreTrainedModel, objective: Objective, batch: Batch) -> None:
    """Raise :class:`GlassworksError` unless the model on disk loads and has the same loss as ``model``."""
    again = objective.auto_class.from_pretrained(
        folder, local_files_only=True, use_safetensors=True, trust_remote_code=False, dtype=torch.float32
    )
    check_same(again, model, lambda which: _loss(which, objective, batch))


def check_same(again: PreTrainedModel, model: Any, loss: Loss, close: float = _CLOSE) -> None:
    """Raise :class:`GlassworksError` unless the loss of ``again``, read back from disk, is that of ``model``
    to ``close`` nats."""
    device = next(model.parameters()).device
    there, here = loss(again.to(device).eval()), loss(model)
    if not math.isfinite(there) or abs(there - here) > close:
        raise GlassworksError(
            f"The saved model does not compute what the trained one does (loss {there:.3f} against "
            f"{here:.3f}); the checkpoints are kept."
        )


def write_beside(folder: Path, lineage: dict[str, Any], card: str) -> None:
    """Where the model comes from: for the family tree, and for people."""
    write_json(folder / "glassworks.json", lineage)
    (folder / "README.md").write_text(card, encoding="utf-8")


def _loss(model: PreTrainedModel, objective: Objective, batch: Batch) -> float:
    model.eval()
    with torch.inference_mode():
        return float(objective.loss(model, {name: ids.to(model.device) for name, ids in batch.items()}))
