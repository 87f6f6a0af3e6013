"""What a comparison of methods consists of: a method each with its learning rate, for some with a size, and
the spec that the form's settings make of it. Knows no page and no job.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.fine_tune.form import RATES, SPECS, job_of, method_title, reads
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.fields import knobs
from pipelines.training.tuning.specs import METHODS, TuneSpec

MOST = 8  # that one figure tells apart
LEAST = 2
# Method → the field by which it is made larger or smaller, of which one comparison may try several values.
SIZES = {
    "lora": "lora_r",
    "qlora": "lora_r",
    "bottleneck": "bottleneck_width",
    "prompt": "num_virtual_tokens",
    "prefix": "num_virtual_tokens",
}
_SHORT = {"lora_r": "rank", "bottleneck_width": "width", "num_virtual_tokens": "tokens"}
_ORDINARY = TuneSpec.learning_rate
_TITLE_CHARS = 80  # of a run's name


@dataclass(frozen=True)
class Variant:
    """``size`` is the value of ``SIZES[method]``; None for a method without one, or where the settings'
    own is taken."""

    method: str
    learning_rate: Any
    size: Any = None

    @property
    def label(self) -> str:
        """``LoRA, rank 8``"""
        if self.size is None:
            return method_title(self.method)
        return f"{method_title(self.method)}, {size_title(self.method)} {self.size}"


def size_title(method: str) -> str:
    """How the method's size is called: ``rank``."""
    field = SIZES[method]
    return _SHORT.get(field, field.replace("_", " "))


def rate_of(method: str) -> float:
    """The learning rate to begin with: few trained numbers bear, and need, a higher one than all weights."""
    return RATES.get(method, _ORDINARY)


def variants_of(asked: Any) -> tuple[Variant, ...]:
    """From a list of objects: ``method``, and if wanted ``learning_rate`` (else
    :func:`rate_of` it) and the method's size by its field's name. Raises SpecError naming
    ``methods`` for what is no such list, for fewer than two or more than eight, and for the same one twice.

    >>> variants_of([{"method": "lora", "lora_r": 4}, {"method": "full", "learning_rate": 1e-4}])[0].label
    'LoRA, rank 4'
    """
    if not isinstance(asked, list) or not all(isinstance(one, dict) for one in asked):
        raise SpecError("methods", asked, 'a list of objects such as {"method": "lora", "lora_r": 8}')
    return checked(tuple(_variant(one) for one in asked))


def checked(variants: tuple[Variant, ...]) -> tuple[Variant, ...]:
    """The variants, where they make a comparison; raises SpecError as :func:`variants_of`."""
    if not LEAST <= len(variants) <= MOST:
        told = f"{len(variants)} of them"
        raise SpecError(
            "methods", told, f"two to eight methods, each size of one counted ({LEAST} to {MOST})"
        )
    twice = next((one for one in variants if variants.count(one) > 1), None)
    if twice is not None:
        raise SpecError("methods", twice.label, "each method once, or with another size or learning rate")
    return variants


def sizes_of(method: str, text: Any) -> tuple[int | None, ...]:
    """The sizes that were typed for a method, as whole numbers between commas or spaces; (None,) for a method
    without sizes, and for none typed. Raises SpecError naming the field.

    >>> sizes_of("lora", "4, 16 64"), sizes_of("full", "")
    ((4, 16, 64), (None,))
    """
    if method not in SIZES or not str(text or "").strip():
        return (None,)
    words = str(text)[:200].replace(",", " ").split()
    if not all(word.isdecimal() and len(word) < 7 for word in words):
        raise SpecError(SIZES[method], text, "whole numbers with commas between them")
    return tuple(dict.fromkeys(int(word) for word in words))


def spec_of(values: Mapping[str, Any], variant: Variant, title: str) -> Any:
    """The run's checked spec: ``values`` are fields of the spec whichever method reads them, of which this
    one's are taken. All else but the method, its size, its rate and the name is as they say, seed and steps
    too. Raises a GlassworksError."""
    task, teacher = values.get("task", "instruct"), values.get("teacher", "")
    spec = SPECS[job_of(task, teacher)]
    read = reads(task, variant.method, teacher)
    kept = {name: value for name, value in values.items() if name in read or name not in knobs(spec)}
    own = {"method": variant.method, "learning_rate": variant.learning_rate}
    own |= {} if variant.size is None else {SIZES[variant.method]: variant.size}
    return spec.from_dict({**kept, **own, "task": task, "name": run_title(title, variant)})


def run_title(title: str, variant: Variant) -> str:
    """How the run is called in lists; the comparison's own name is cut where it is long."""
    tail = f": {variant.label}"
    return title[: _TITLE_CHARS - len(tail)] + tail


def _variant(one: dict[str, Any]) -> Variant:
    method = one.get("method")
    if method not in METHODS:
        raise SpecError("method", method, f"one of {', '.join(map(repr, METHODS))}")
    size = SIZES.get(method)
    for name in one:
        if name not in ("method", "learning_rate", size):
            raise SpecError(str(name), one[name], f"nothing beside {method}: method, learning_rate"
                            + (f" and {size}" if size else ""))  # fmt: skip
    return Variant(method, one.get("learning_rate", rate_of(method)), one.get(size) if size else None)


def first_refusal(refusals: list[str]) -> GlassworksError:
    """For a comparison of which nothing can run."""
    return GlassworksError(refusals[0] if len(set(refusals)) == 1 else "None of these methods can run here.")
