"""TRL's SFTTrainer in the frame of a tuning: rows that are encoded already, and a loss without detours.

Knows nothing about jobs; :mod:`pipelines.training.callback` connects it to one.
"""

from pathlib import Path
from typing import Any

import torch
from torch import nn
from trl import SFTConfig, SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from pipelines.training.trainer import Numerics
from pipelines.training.tuning.arguments import arguments_of
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.framed import ALIGNED, Framed, Lesson
from pipelines.training.tuning.losses import bare, learnt_loss, plain_learnt_loss
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.spread import of_all

_SHAPES = 4  # lengths of batch at most where each is compiled for itself


class TuneTrainer(Framed, SFTTrainer):
    """Learns a :class:`Lesson`, under autocast and compiled as told."""

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: SFTConfig,
        optimizer: str = "adamw",
    ):
        self.framed(lesson, numerics, optimizer)
        multiple = shape_multiple(lesson.deck) if numerics.compiled else ALIGNED
        super().__init__(
            model=model,
            args=arguments,
            data_collator=DataCollatorForLanguageModeling(lesson.pad_id, pad_to_multiple_of=multiple),
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self._loss = torch.compile(plain_learnt_loss, dynamic=False) if numerics.compiled else learnt_loss
        self.quieted()

    def compute_loss(
        self, model: nn.Module, inputs: dict, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """TRL's own, but for models whose head is an ordinary one."""
        if self.share[1] > 1 and not return_outputs:
            return self._loss_of_share(model, inputs, num_items_in_batch)
        inner = bare(model)
        if inner is None or return_outputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"]
        total = self._loss(inner, inputs["input_ids"], labels)
        items = (labels[:, 1:] >= 0).sum() if num_items_in_batch is None else num_items_in_batch
        return total / torch.as_tensor(items).clamp(min=1)

    def _loss_of_share(self, model: nn.Module, inputs: dict, items: Any) -> torch.Tensor:
        """The summed loss of this process's rows over the learnt tokens of all processes, times their number:
        the gradients' mean over the processes is then that of the whole batch."""
        scored = model(**inputs, use_cache=False, fused_lm_head=True)  # through its wrapper, which listens
        if items is None:
            items = of_all((inputs["labels"][:, 1:] >= 0).sum(), self.args.device)
        total = -scored.log_probs.float().sum()
        return total * self.args.world_size / torch.as_tensor(items).clamp(min=1)

    def eager(self, model: nn.Module, inputs: dict) -> torch.Tensor:
        """The summed loss where a compiled one would be compiled anew for each shape."""
        return learnt_loss(bare(model), inputs["input_ids"], inputs["labels"])


def shape_multiple(deck: Deck) -> int:
    """The tokens to a multiple of which batches are padded, so that few lengths are to be compiled."""
    multiple = 2 * ALIGNED
    while len(deck.widths(multiple)) > _SHAPES:
        multiple *= 2
    return multiple


def sft_arguments(spec: SftSpec, steps: int, folder: Path, use_cpu: bool, measure_first: bool) -> SFTConfig:
    """The spec in TRL's words. ``measure_first`` validates before the first step."""
    return SFTConfig(
        **arguments_of(spec, steps, folder, use_cpu, measure_first),
        per_device_train_batch_size=spec.batch_size // max(1, spec.processes),
        gradient_checkpointing=spec.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False} if spec.gradient_checkpointing else None,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        bf16=False,  # autocast is the trainer's own
        metric_for_best_model="eval_loss",
        greater_is_better=False,
    )
