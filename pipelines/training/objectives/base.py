"""The contract of an objective. The trainer, the artefact and the samples know no more than this.

Imports no torch: the page reads :mod:`pipelines.training.objectives.sizes`, and with it this package.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar, Protocol

from pipelines.training.specs import PretrainSpec

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

Batch = dict[str, "torch.Tensor"]


class Objective(Protocol):
    """How a batch is made from text and how a model answers it.

    ``next_token`` says whether the loss is that of every token given all before it; only then does it give
    bits per byte. ``auto_class`` is the transformers class that loads the saved model.
    """

    next_token: ClassVar[bool]
    auto_class: ClassVar[type]

    def build(self, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> PreTrainedModel:
        """A model with random weights in fp32; same spec and seed, same weights."""

    def batch(self, ids: torch.Tensor, spec: PretrainSpec, tokenizer: PreTrainedTokenizerFast) -> Batch:
        """ids[item, context + 1] of running text → what :meth:`loss` reads. Deterministic: what is random in
        it is drawn from the ids and the spec's seed, so that a resumed run sees the same."""

    def loss(self, model: PreTrainedModel, batch: Batch, plain: bool = False) -> torch.Tensor:
        """Mean cross-entropy in nats over the predicted tokens. ``plain`` is the form to compile."""

    def samples(
        self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, spec: PretrainSpec
    ) -> Iterator[tuple[str, str]]:
        """(prompt, what the model made of it) for each of the spec's prompts, with a fixed seed."""

    def card_code(self, spec: PretrainSpec) -> str:
        """Lines of plain transformers code that use the saved model, for its card."""
