"""A run that starts from a model: what that model decides, by its entry alone. Torch-free."""

from dataclasses import replace

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.entries import ModelEntry
from pipelines.training.specs import PretrainSpec

_LIKE = {"causal-lm": "llama", "masked-lm": "bert", "seq2seq-lm": "t5"}
CAPABILITIES = tuple(_LIKE)
_LEARNS = {
    "llama": "the next token",
    "gpt2": "the next token",
    "bert": "masked tokens",
    "t5": "hidden spans",
}


def architecture_of(entry: ModelEntry) -> str:
    """The spec's word for the model's architecture; for another causal model, ``llama``, which learns alike.

    Raises :class:`GlassworksError` for a model that cannot be trained on.
    """
    if entry.architecture.startswith("GPT2"):
        return "gpt2"
    found = next((like for can, like in _LIKE.items() if can in entry.capabilities), None)
    if found is None:
        raise GlassworksError(
            f"{entry.name} cannot be trained on: that takes a causal, a masked or an encoder-decoder "
            "language model."
        )
    return found


def learns(architecture: str) -> str:
    """What a model of that architecture is asked for, in words."""
    return _LEARNS[architecture]


def starting(spec: PretrainSpec, entry: ModelEntry | None) -> PretrainSpec:
    """The spec with the architecture of the model that it starts from; unchanged for a model not here yet.

    Raises :class:`SpecError` when the context is longer than the model's.
    """
    if entry is None:
        return spec
    architecture = architecture_of(entry)
    if entry.context_length and spec.context_length > entry.context_length:
        accepted = f"at most the context of {entry.name}, {entry.context_length}"
        raise SpecError("context_length", spec.context_length, accepted)
    return replace(spec, architecture=architecture)
