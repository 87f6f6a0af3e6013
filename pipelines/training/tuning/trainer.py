"""TRL's SFTTrainer, set up for rows that are encoded already: batches of equal length in a fixed order, a
loss without detours, and one measure for all held-out rows.

Knows nothing about jobs; :mod:`pipelines.training.callback` connects it to one.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerFast, Trainer, TrainerState
from transformers.trainer_callback import PrinterCallback
from trl import SFTConfig, SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

from pipelines.training.trainer import Numerics
from pipelines.training.tuning.arguments import arguments_of
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.endings import impatient
from pipelines.training.tuning.losses import bare, learnt_loss, nats_of, plain_learnt_loss
from pipelines.training.tuning.rows import Rows
from pipelines.training.tuning.specs import SftSpec

_ALIGNED = 8  # tokens to a multiple of which a batch is padded
_SHAPES = 4  # lengths of batch at most where each is compiled for itself


@dataclass(frozen=True)
class Lesson:
    """What is learnt in which order, and what it is measured on."""

    training: Rows
    validation: Rows
    deck: Deck
    tokenizer: PreTrainedTokenizerFast

    @property
    def pad_id(self) -> int:
        return self.tokenizer.pad_token_id


class TuneTrainer(SFTTrainer):
    """Learns a :class:`Lesson`, under autocast and compiled as told."""

    def __init__(self, model: nn.Module, lesson: Lesson, numerics: Numerics, arguments: SFTConfig):
        multiple = shape_multiple(lesson.deck) if numerics.compiled else _ALIGNED
        super().__init__(
            model=model,
            args=arguments,
            data_collator=DataCollatorForLanguageModeling(lesson.pad_id, pad_to_multiple_of=multiple),
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self._lesson, self._dtype = lesson, numerics.dtype
        self._loss = torch.compile(plain_learnt_loss, dynamic=False) if numerics.compiled else learnt_loss
        self.remove_callback(PrinterCallback)

    def learn(self, checkpoint: Path | None, patience: int) -> None:
        """Train, from a checkpoint on if one is given, and end with the best weights that were measured. A
        run whose patience had run out at the checkpoint is over."""
        state = TrainerState.load_from_json(str(checkpoint / "trainer_state.json")) if checkpoint else None
        if state is None or not impatient(state.log_history, patience):
            self.train(resume_from_checkpoint=str(checkpoint) if checkpoint else None)
            return
        self.state = state
        state.best_model_checkpoint = str(checkpoint.with_name(f"checkpoint-{state.best_global_step}"))
        self._load_best_model()

    def get_train_dataloader(self) -> DataLoader:
        """All batches of the run as one pass, so that a resumed run only skips those that it has had."""
        batches = self._lesson.deck.batches
        loader = DataLoader(self.train_dataset, batch_sampler=batches, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)

    def compute_loss(
        self, model: nn.Module, inputs: dict, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        """TRL's own, but for models whose head is an ordinary one."""
        inner = bare(model)
        if inner is None or return_outputs:
            return super().compute_loss(model, inputs, return_outputs, num_items_in_batch)
        labels = inputs["labels"]
        total = self._loss(inner, inputs["input_ids"], labels)
        items = (labels[:, 1:] >= 0).sum() if num_items_in_batch is None else num_items_in_batch
        return total / torch.as_tensor(items).clamp(min=1)

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        nats, counts = self.nats_by_row()
        metrics = {"eval_loss": float(nats.sum() / counts.sum())}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def nats_by_row(self, rows: Rows | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(summed nats, learnt tokens) of the held-out rows, or of others."""
        rows = self._lesson.validation if rows is None else rows
        with self.autocast_smart_context_manager():
            return nats_of(self.model, [rows[place] for place in range(len(rows))], self._lesson.pad_id)

    def autocast_smart_context_manager(self, cache_enabled: bool | None = True) -> AbstractContextManager:
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(self.args.device.type, self._dtype, cache_enabled=bool(cache_enabled))

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Without TRL's means over the steps, which this loss does not gather."""
        self._metrics["train"].clear()
        Trainer.log(self, logs, start_time)

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The card is written once, beside the result."""

    def floating_point_ops(self, inputs: dict) -> int:
        return 0  # the default walks over all parameters at every step, and nobody reads it

    def _send_telemetry(self) -> None:
        """What is trained here is nobody else's business."""


def shape_multiple(deck: Deck) -> int:
    """The tokens to a multiple of which batches are padded, so that few lengths are to be compiled."""
    multiple = 2 * _ALIGNED
    while len(deck.widths(multiple)) > _SHAPES:
        multiple *= 2
    return multiple


def sft_arguments(spec: SftSpec, steps: int, folder: Path, use_cpu: bool, measure_first: bool) -> SFTConfig:
    """The spec in TRL's words. ``measure_first`` validates before the first step."""
    return SFTConfig(
        **arguments_of(spec, steps, folder, use_cpu, measure_first),
        per_device_train_batch_size=spec.batch_size,
        gradient_checkpointing=spec.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False} if spec.gradient_checkpointing else None,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        bf16=False,  # autocast is the trainer's own
        metric_for_best_model="eval_loss",
        greater_is_better=False,
    )
