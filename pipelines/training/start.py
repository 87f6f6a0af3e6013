"""What a run starts from: random weights, or a model that is there already.

Knows nothing about corpora or training.
"""

from dataclasses import dataclass

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.models.catalogue import Catalogue
from pipelines.models.weights import read_weights
from pipelines.training.artifact import context_of
from pipelines.training.objectives import Objective, objective_of
from pipelines.training.size import Size, size_of, size_of_entry
from pipelines.training.specs import PretrainSpec
from pipelines.training.start_model import architecture_of


@dataclass(frozen=True)
class Start:
    """The model in fp32, how it learns, and how big it is."""

    model: PreTrainedModel
    objective: Objective
    size: Size


def start_of(spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast, settings: Settings) -> Start:
    """Raises :class:`GlassworksError` for a model that cannot be trained on as the spec asks."""
    if not spec.start_from:
        objective = objective_of(spec.architecture)
        return Start(objective.build(spec, tokenizer), objective, size_of(spec, len(tokenizer)))
    catalogue = Catalogue(settings)
    entry = catalogue.get(spec.start_from)
    objective = objective_of(architecture_of(entry))
    torch.manual_seed(spec.seed)
    place = catalogue.place(spec.start_from)
    place.need_weights("cannot be trained further")
    model = read_weights(place, objective.auto_class, torch.float32)
    if spec.context_length > context_of(model):
        raise SpecError(
            "context_length", spec.context_length, f"at most the model's own, {context_of(model)}"
        )
    return Start(model, objective, size_of_entry(entry))
