"""A model folder into memory, ready to compute. No code from the folder is run and no pickle is read."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import (
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from pipelines.core.errors import GlassworksError
from pipelines.models import attention, minilm
from pipelines.models.artifacts import BrokenArtifactError, check_artifact, count_parameters, read_tensors
from pipelines.models.devices import pick_dtype
from pipelines.models.entries import read_entry

_CLASSES = {  # what a model can do → the class that loads it
    "causal-lm": AutoModelForCausalLM,
    "masked-lm": AutoModelForMaskedLM,
    "seq2seq-lm": AutoModelForSeq2SeqLM,
    "encoder": AutoModel,
}
_WORDS = {
    "causal-lm": "continues text",
    "masked-lm": "guesses masked words",
    "seq2seq-lm": "restores hidden spans or rewrites text",
    "encoder": "turns text into vectors",
}
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedModel:
    """``context_length`` is in tokens, None where the architecture sets no limit; ``bytes`` is its memory;
    ``kind`` is its capability: ``causal-lm``, ``masked-lm``, ``seq2seq-lm`` or ``encoder``. ``notes`` is
    what others remember about it, by a name of theirs: it goes when the model is unloaded."""

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    context_length: int | None
    bytes: int
    kind: str = "causal-lm"
    notes: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def device(self) -> torch.device:
        return self.model.device

    def need(self, *kinds: str) -> None:
        """Raise :class:`GlassworksError` unless the model is of one of these kinds."""
        if self.kind not in kinds:
            wanted = " or ".join(_WORDS[kind] for kind in kinds)
            article = "an" if self.kind == "encoder" else "a"
            raise GlassworksError(
                f"{self.name} is {article} {self.kind} model: it {_WORDS[self.kind]}. "
                f"Choose a model that {wanted}."
            )


def memory_needed(folder: Path, device: torch.device) -> int:
    """Bytes that the weights will take on the device, from the headers alone; raises for a broken folder."""
    check_artifact(folder)
    return count_parameters(read_tensors(folder)) * pick_dtype(device).itemsize


def load_model(name: str, folder: Path, device: torch.device) -> LoadedModel:
    """A model of whichever kind its config names, causal where it names none."""
    found = read_entry(name, folder).capabilities
    kind = next((kind for kind in _CLASSES if kind in found), "causal-lm")
    return _load(name, folder, device, kind)


def load_causal_lm(name: str, folder: Path, device: torch.device) -> LoadedModel:
    """The model as one that continues text, whatever its config names."""
    check_artifact(folder)
    return _load(name, folder, device, "causal-lm")


def _load(name: str, folder: Path, device: torch.device, kind: str) -> LoadedModel:
    """The model in evaluation mode; raises BrokenArtifactError when the folder holds none that loads."""
    minilm.check(folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        model = _CLASSES[kind].from_pretrained(
            folder,
            local_files_only=True,
            trust_remote_code=False,
            use_safetensors=True,
            dtype=pick_dtype(device),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        _log.exception("%s cannot be loaded", name)
        raise BrokenArtifactError(_refusal(name, kind, error)) from error
    model.to(device).eval().requires_grad_(False)
    attention.prepare(model)
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    return LoadedModel(name, model, tokenizer, _context_length(model), size, kind)


def _context_length(model: PreTrainedModel) -> int | None:
    config = model.config.get_text_config()
    for key in ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"):
        if isinstance(value := getattr(config, key, None), int) and value > 0:
            return value
    return None


def _refusal(name: str, kind: str, error: Exception) -> str:
    if "trust_remote_code" in str(error):
        return f"{name} needs code of its own to load; such models are refused. Choose another."
    return f"{name} cannot be loaded as a {kind} model with these library versions; choose another."
