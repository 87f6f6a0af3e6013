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
from transformers import PreTrainedTokenizerFast, Trainer
from transformers.trainer_callback import PrinterCallback
from trl import SFTConfig, SFTTrainer
from trl.trainer.sft_trainer import DataCollatorForLanguageModeling
from trl.trainer.utils import add_fused_lm_head

from pipelines.training.trainer import Numerics
from pipelines.training.tuning.arguments import arguments_of
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.losses import Row, bare, learnt_loss, nats_of, plain_learnt_loss
from pipelines.training.tuning.optimizer import optimizer_of
from pipelines.training.tuning.rows import Rows
from pipelines.training.tuning.specs import SftSpec
from pipelines.training.tuning.spread import Spread, of_all
from pipelines.training.tuning.virtual import learns_virtual_tokens, put_back

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


class TuneTrainer(Spread, SFTTrainer):
    """Learns a :class:`Lesson`, under autocast and compiled as told."""

    def __init__(
        self,
        model: nn.Module,
        lesson: Lesson,
        numerics: Numerics,
        arguments: SFTConfig,
        optimizer: str = "adamw",
    ):
        multiple = shape_multiple(lesson.deck) if numerics.compiled else _ALIGNED
        super().__init__(
            model=model,
            args=arguments,
            data_collator=DataCollatorForLanguageModeling(lesson.pad_id, pad_to_multiple_of=multiple),
            train_dataset=lesson.training.dataset(),
            eval_dataset=lesson.validation.dataset(),
            processing_class=lesson.tokenizer,
        )
        self._lesson, self._dtype, self._optimizer = lesson, numerics.dtype, optimizer
        self.compiled = numerics.compiled
        self._loss = torch.compile(plain_learnt_loss, dynamic=False) if numerics.compiled else learnt_loss
        self.remove_callback(PrinterCallback)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        if learns_virtual_tokens(self.model):
            put_back(self.model, resume_from_checkpoint)
        else:
            super()._load_from_checkpoint(resume_from_checkpoint, model)

    def made_ready(self, model: nn.Module) -> nn.Module:
        inner = model.get_base_model() if hasattr(model, "get_base_model") else model
        add_fused_lm_head(inner, outputs=("log_probs", "entropy", "is_top1"))
        return model

    def get_train_dataloader(self) -> DataLoader:
        """All batches of the run as one pass, so that a resumed run only skips those that it has had."""
        shares = self._lesson.deck.shares(self.args.world_size)
        loader = DataLoader(self.train_dataset, batch_sampler=shares, collate_fn=self.data_collator)
        return self.accelerator.prepare(loader)

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

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        self.optimizer = optimizer_of(self._optimizer, self.model, self.args) or super().create_optimizer(
            model
        )
        return self.optimizer

    def eager(self, model: nn.Module, inputs: dict) -> torch.Tensor:
        """The summed loss where a compiled one would be compiled anew for each shape."""
        return learnt_loss(bare(model), inputs["input_ids"], inputs["labels"])

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        metrics = {f"eval_{name}": value for name, value in self.measured().items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def measured(self) -> dict[str, float]:
        """On the held-out rows: the loss in nats a learnt token, and whatever else a kind of run measures."""
        nats, counts = self.nats_by_row()
        return {"loss": float(nats.sum() / counts.sum())}

    @property
    def held_out(self) -> list[Row]:
        rows = self._lesson.validation
        return [rows[place] for place in range(len(rows))]

    def nats_by_row(self, rows: Rows | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(summed nats, learnt tokens) of the held-out rows, or of others."""
        rows = self._lesson.validation if rows is None else rows
        told = [rows[place] for place in range(len(rows))]
        with self.autocast_smart_context_manager():
            nats, counts = nats_of(self.model, told, self._lesson.pad_id, self.share)
        return self.summed(nats), self.summed(counts)

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
        per_device_train_batch_size=spec.batch_size // max(1, spec.processes),
        gradient_checkpointing=spec.gradient_checkpointing,
        gradient_checkpointing_kwargs={"use_reentrant": False} if spec.gradient_checkpointing else None,
        max_length=None,
        dataset_kwargs={"skip_prepare_dataset": True},
        bf16=False,  # autocast is the trainer's own
        metric_for_best_model="eval_loss",
        greater_is_better=False,
    )
