"""The model that an SFT run starts from: where it lies, what it is, its tokenizer as the run takes it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, PreTrainedModel, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.models.adapters import Place
from pipelines.models.catalogue import Catalogue
from pipelines.models.entries import ModelEntry
from pipelines.models.weights import read_weights
from pipelines.training.size import Size, size_of_entry
from pipelines.training.tokenizer import load_tokenizer
from pipelines.training.tuning.chat_template import with_template
from pipelines.training.tuning.methods import load_options
from pipelines.training.tuning.specs import SftSpec, TuneSpec
from pipelines.training.tuning.start_adapter import check_start_adapter


@dataclass(frozen=True)
class Base:
    """Its files and its tokenizer, with the run's chat template; no weights are read yet."""

    place: Place
    entry: ModelEntry
    tokenizer: PreTrainedTokenizerFast
    virtual_tokens: int = 0  # that the run puts before each text
    start: Path | None = None  # the adapter that is trained on

    @property
    def context(self) -> int:
        """Tokens of a text that it reads; a guess where it knows no limit."""
        return (self.entry.context_length or 1024) - self.virtual_tokens

    @property
    def size(self) -> Size:
        """For what a token of it costs."""
        return size_of_entry(self.entry)

    def load(self, spec: SftSpec, device: torch.device) -> PreTrainedModel:
        """In the precision that the method asks for, on the device."""
        options: dict[str, Any] = load_options(spec, device)
        torch.manual_seed(spec.seed)
        model = read_weights(self.place, AutoModelForCausalLM, options.pop("dtype"), **options)
        return model if options else model.to(device)


def base_of(spec: SftSpec, settings: Settings) -> Base:
    """Raises :class:`GlassworksError` for a model that cannot learn the task, and :class:`SpecError` for rows
    longer than it reads."""
    catalogue = Catalogue(settings)
    entry, place = catalogue.get(spec.base), catalogue.place(spec.base)
    if not entry.capabilities & set(spec.what.bases):
        is_one = ", ".join(sorted(entry.capabilities)) or entry.architecture
        raise GlassworksError(
            f"{spec.base} cannot learn the task {spec.task!r}: it is a model of the kind {is_one}. Choose "
            "one that continues text (causal-lm)."
        )
    place.need_weights("cannot be tuned")
    virtual = spec.virtual_tokens
    if entry.context_length and spec.max_length > entry.context_length - virtual:
        before = f" less {virtual} virtual tokens" if virtual else ""
        accepted = f"at most the context of {spec.base}, {entry.context_length}{before}"
        raise SpecError("max_length", spec.max_length, accepted)
    tokenizer = with_template(load_tokenizer(place.tokenizer), spec.chat_template)
    return Base(place, entry, tokenizer, virtual, start_of(spec, catalogue))


def start_of(spec: TuneSpec, catalogue: Catalogue) -> Path | None:
    """The folder of the adapter that the run goes on from; :class:`SpecError` for one that it cannot."""
    if not spec.start_adapter:
        return None
    place = catalogue.place(spec.start_adapter)
    check_start_adapter(spec, place)
    return place.folder
