"""A model folder into memory, ready to compute. No code from the folder is run and no pickle is read."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from pipelines.core.errors import GlassworksError
from pipelines.models import attention, minilm
from pipelines.models.adapters import Place
from pipelines.models.artifacts import BrokenArtifactError, check_artifact, count_parameters, read_tensors
from pipelines.models.devices import pick_dtype
from pipelines.models.virtual import virtual_tokens
from pipelines.models.weights import CLASSES, kind_of, read_weights

_WORDS = {
    "causal-lm": "continues text",
    "masked-lm": "guesses masked words",
    "seq2seq-lm": "restores hidden spans or rewrites text",
    "sequence-classification": "gives a text one of its labels",
    "token-classification": "gives words their tags",
    "question-answering": "finds the answer to a question in a text",
    "encoder": "turns text into vectors",
}
_SAY_TOKENS = ("causal-lm", "masked-lm", "seq2seq-lm")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class LoadedModel:
    """``context_length`` is in tokens, None where the architecture sets no limit; ``bytes`` is its memory;
    ``kind`` is its capability: ``causal-lm``, ``masked-lm``, ``seq2seq-lm``, ``sequence-classification``,
    ``token-classification``, ``question-answering`` or ``encoder``. ``notes`` is what others remember about
    it, by a name of theirs: it goes when the model is unloaded."""

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

    @property
    def says_tokens(self) -> bool:
        """Whether it predicts tokens: encoders give vectors, labels or places instead."""
        return self.kind in _SAY_TOKENS

    def need(self, *kinds: str) -> None:
        """Raise :class:`GlassworksError` unless the model is of one of these kinds."""
        if self.kind not in kinds:
            wanted = " or ".join(_WORDS[kind] for kind in kinds)
            article = "an" if self.kind == "encoder" else "a"
            raise GlassworksError(
                f"{self.name} is {article} {self.kind} model: it {_WORDS[self.kind]}. "
                f"Choose a model that {wanted}."
            )


def memory_needed(folder: Path, device: torch.device, base: Place | None = None) -> int:
    """Bytes that the weights will take on the device, those of an adapter and its base together, from the
    headers alone; raises for a broken folder."""
    places = (folder, *(place.folder for place in (base.line() if base else ())))
    for place in places:
        check_artifact(place)
    return sum(count_parameters(read_tensors(place)) for place in places) * pick_dtype(device).itemsize


def load_model(name: str, folder: Path, device: torch.device, base: Place | None = None) -> LoadedModel:
    """A model of whichever kind its config names, causal where it names none. ``base`` is where that of an
    adapter lies: the adapter is merged into it."""
    place = Place(name, folder, base)
    return _load(place, device, kind_of(place))


def load_causal_lm(name: str, folder: Path, device: torch.device) -> LoadedModel:
    """The model as one that continues text, whatever its config names."""
    check_artifact(folder)
    return _load(Place(name, folder), device, "causal-lm")


def _load(place: Place, device: torch.device, kind: str) -> LoadedModel:
    """The model in evaluation mode; raises BrokenArtifactError when the folder holds none that loads."""
    for at in place.line():
        minilm.check(at.folder)
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            place.tokenizer, local_files_only=True, trust_remote_code=False
        )
        model = read_weights(place, CLASSES[kind], pick_dtype(device))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError) as error:
        _log.exception("%s cannot be loaded", place.name)
        raise BrokenArtifactError(_refusal(place.name, kind, error)) from error
    model.to(device).eval().requires_grad_(False)
    attention.prepare(model)
    size = sum(p.numel() * p.element_size() for p in model.parameters())
    return LoadedModel(place.name, model, tokenizer, _context_length(model), size, kind)


def _context_length(model: PreTrainedModel) -> int | None:
    config = model.config.get_text_config()
    for key in ("max_position_embeddings", "n_positions", "max_seq_len", "n_ctx"):
        if isinstance(value := getattr(config, key, None), int) and value > 0:
            return max(1, value - virtual_tokens(model))
    return None


def _refusal(name: str, kind: str, error: Exception) -> str:
    if "trust_remote_code" in str(error):
        return f"{name} needs code of its own to load; such models are refused. Choose another."
    return f"{name} cannot be loaded as a {kind} model with these library versions; choose another."
