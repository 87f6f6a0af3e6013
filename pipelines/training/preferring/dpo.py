"""TRL's DPOTrainer in the frame of a tuning: its losses and its measures, our rows, order and precision.

The reference is the base without the adapter; for methods without one a copy of it, or its log-probabilities
reckoned once before training.
"""

from typing import Any

import torch
from torch import nn
from trl import DPOConfig, DPOTrainer
from trl.trainer.dpo_trainer import DataCollatorForPreference

from pipelines.training.preferring.arguments import common
from pipelines.training.preferring.measuring import Preferring
from pipelines.training.preferring.specs import DpoSpec
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.framed import ALIGNED, Lesson

REFERENCE = ("ref_chosen_logps", "ref_rejected_logps")  # columns of the rows, as TRL reads them


class DpoTrainer(Preferring, DPOTrainer):
    """``reference`` is the copy of the base, None where an adapter needs none. Without any reference
    (``free``) the log-probabilities of the reference count as 0."""

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: DPOConfig,
        optimizer: str = "adamw",
        *,
        reference: nn.Module | None = None,
        free: bool = False,
    ):
        self.framed(lesson, numerics, optimizer)
        self._free = free
        super().__init__(
            model=model,
            ref_model=reference,
            args=arguments,
            data_collator=DataCollatorForPreference(lesson.pad_id, pad_to_multiple_of=ALIGNED),
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self.precompute_ref_logps |= free
        self.quieted()

    def _prepare_dataset(self, dataset: Any, *_: Any) -> Any:
        if self._free:
            for column in REFERENCE:
                dataset = dataset.add_column(column, [0.0] * len(dataset))
        return dataset

    def compute_ref_log_probs(self, model: nn.Module, inputs: dict) -> tuple[torch.Tensor, torch.Tensor]:
        with self.autocast_smart_context_manager():  # in the precision of the model that is compared with it
            return super().compute_ref_log_probs(model, inputs)


def dpo_arguments(spec: DpoSpec, *given: Any, **named: Any) -> DPOConfig:
    """The tuning beside the loss is that of RPO (Pang et al. 2024, Iterative Reasoning Preference
    Optimization), a token's mean over the preferred answers."""
    beside = ("sft",) if spec.sft_weight else ()
    return DPOConfig(
        **common(spec, *given, **named),
        max_length=None,
        beta=spec.beta,
        loss_type=[spec.loss_type, *beside],
        loss_weights=[1.0, *(spec.sft_weight for _ in beside)],
        label_smoothing=spec.label_smoothing,
        f_divergence_type=spec.f_divergence_type,
        precompute_ref_log_probs=spec.precompute_ref_log_probs,
    )
