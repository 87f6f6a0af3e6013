"""A tuning that goes on from an adapter of its base: which one it can be, by its files alone. Torch-free.

What a new adapter would be made like comes from the spec; so the spec must say what the old one is.
"""

from typing import Any

from pipelines.core.errors import SpecError
from pipelines.models.adapters import Place
from pipelines.models.artifacts import read_adapter_config
from pipelines.training.tuning.specs import TuneSpec

_SHAPE = {"lora_r": ("r", 8), "lora_alpha": ("lora_alpha", 8), "use_rslora": ("use_rslora", False)}
_SHAPE |= {"use_dora": ("use_dora", False)}  # field of a spec → PEFT's, and its default there


def check_start_adapter(spec: TuneSpec, place: Place) -> None:
    """Raise :class:`SpecError` unless ``place``, which ``start_adapter`` names, is a LoRA of the spec's base
    and of the shape that the spec tells; the message says which field should be what."""
    config = read_adapter_config(place.folder) if place.is_adapter else {}
    if config.get("peft_type") != "LORA":
        is_one = f"an adapter of the kind {config['peft_type']}" if config else "no adapter"
        accepted = f"the name of a LoRA adapter; this one is {is_one}"
        raise SpecError("start_adapter", spec.start_adapter, accepted)
    if place.base and place.base.name != spec.base:
        accepted = f"an adapter of {spec.base}; this one is of {place.base.name}"
        raise SpecError("start_adapter", spec.start_adapter, accepted)
    for field, (name, default) in _SHAPE.items():
        _check(spec, field, config.get(name, default), getattr(spec, field))


def check_same_places(spec: TuneSpec, old: dict[str, Any], new: dict[str, Any]) -> None:
    """``old`` and ``new``: sizes by the tensors' names, of the adapter that is there and of what the spec
    makes. Raise :class:`SpecError` for the field because of which they are not the same."""
    unlike = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
    if any("trainable_tokens" in name for name in unlike):
        rows = next((size[0] for name, size in old.items() if "trainable_tokens" in name), 0)
        accepted = f"the {rows} tokens that {spec.start_adapter} has learnt"
        raise SpecError("trainable_tokens", spec.trainable_tokens, accepted)
    if unlike:
        accepted = f"the layers that {spec.start_adapter} changes; {unlike[0]} is only in one of them"
        raise SpecError("target_modules", spec.target_modules, accepted)


def _check(spec: TuneSpec, field: str, old: Any, new: Any) -> None:
    if old != new:
        raise SpecError(field, new, f"{old}, as of {spec.start_adapter}, from which it goes on")
