"""A model folder into memory, ready to compute. No code from the folder is run and no pickle is read."""

import logging
from dataclasses import dataclass
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from pipelines.models.artifacts import BrokenArtifactError, check_artifact, count_parameters, read_tensors
from pipelines.models.devices import pick_dtype

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedModel:
    """``context_length`` is in tokens, None where the architecture sets no limit; ``bytes`` is its memory."""

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    context_length: int | None
    bytes: int

    @property
    def device(self) -> torch.device:
        return self.model.device


def memory_needed(folder: Path, device: torch.device) -> int:
    """Bytes that the weights will take on the device, from the headers alone; raises for a broken folder."""
    check_artifact(folder)
    return count_parameters(read_tensors(folder)) * pick_dtype(device).itemsize


def load_causal_lm(name: str, folder: Path, device: torch.device) -> LoadedModel:
    """The model in evaluation mode; raises BrokenArtifactError when the folder holds none that loads."""
    check_artifact(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=pick_dtype(device),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        _log.exception("%s cannot be loaded", name)
        raise BrokenArtifactError(_refusal(name, error)) from error
    model.to(device).eval().requires_grad_(False)
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    return LoadedModel(name, model, tokenizer, _context_length(model), size)


def _context_length(model: PreTrainedModel) -> int | None:
    config = model.config.get_text_config()
    for key in ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"):
        if isinstance(value := getattr(config, key, None), int) and value > 0:
            return value
    return None


def _refusal(name: str, error: Exception) -> str:
    if "trust_remote_code" in str(error):
        return f"{name} needs code of its own to load; such models are refused. Choose another."
    return f"{name} cannot be loaded as a causal language model with these library versions; choose another."
