"""What TRL's trainers are given alike where they learn encoded rows in the frame of a tuning (:mod:`.sft`):
batches of a fixed order, autocast, one measure for all held-out rows, and nothing that nobody reads.

Knows nothing about jobs or losses.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader
from transformers import PreTrainedTokenizerFast, Trainer
from transformers.trainer_callback import PrinterCallback
from trl.trainer.utils import add_fused_lm_head

from pipelines.training.trainer import Numerics
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.losses import Row, nats_of
from pipelines.training.tuning.optimizer import optimizer_of
from pipelines.training.tuning.rows import Rows
from pipelines.training.tuning.spread import Spread
from pipelines.training.tuning.virtual import learns_virtual_tokens, put_back

ALIGNED = 8  # tokens to a multiple of which a batch is padded


@dataclass(frozen=True)
class Lesson:
    """What is learnt in which order, and what it is measured on. The rows of a kind of tuning of its own are
    of its own class; ``sequences`` gives the texts in them."""

    training: Rows
    validation: Rows
    deck: Deck
    tokenizer: PreTrainedTokenizerFast

    @property
    def pad_id(self) -> int:
        return self.tokenizer.pad_token_id


class Framed(Spread):
    """Stands before one of TRL's trainers, whose model has a fused head then. :meth:`framed` comes before
    that trainer's own ``__init__``."""

    def framed(self, lesson: Lesson, numerics: Numerics, optimizer: str) -> None:
        self._lesson, self._dtype, self._optimizer = lesson, numerics.dtype, optimizer
        self.compiled = numerics.compiled

    def quieted(self) -> None:
        """After it: no line is printed for each step."""
        self.remove_callback(PrinterCallback)

    @property
    def takes_all(self) -> bool:
        """Whether a step can only be done by all processes together."""
        return self.split

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

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        self.optimizer = optimizer_of(self._optimizer, self.model, self.args) or super().create_optimizer(
            model
        )
        return self.optimizer

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        metrics = {f"eval_{name}": value for name, value in self.measured().items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def measured(self) -> dict[str, float]:
        """On the held-out rows: the loss in nats a learnt token, and whatever else a kind of run measures."""
        nats, counts = self.nats_by_row()
        return {"loss": float(nats.sum() / counts.sum())}

    def collated(self, rows: list[Any]) -> dict[str, torch.Tensor]:
        """The batch of a step that is tried with these rows before any is learnt."""
        return self.data_collator(rows)

    def untold(self) -> None:
        """Without what steps have told of themselves that were only tried."""
        self._metrics["train"].clear()

    @property
    def held_out(self) -> list[Row]:
        rows = self._lesson.validation.sequences
        return [rows[place] for place in range(len(rows))]

    def nats_by_row(self, rows: Rows | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(summed nats, learnt tokens) of the held-out texts, or of others."""
        told = self.held_out if rows is None else [rows[place] for place in range(len(rows))]
        with self.autocast_smart_context_manager():
            nats, counts = nats_of(self.model, told, self._lesson.pad_id, self.share)
        return self.summed(nats), self.summed(counts)

    def autocast_smart_context_manager(self, cache_enabled: bool | None = True) -> AbstractContextManager:
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(self.args.device.type, self._dtype, cache_enabled=bool(cache_enabled))

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Without TRL's means over the steps, of which a kind of run tells those that it has a name for."""
        self._metrics["train"].clear()
        Trainer.log(self, logs, start_time)

    def create_model_card(self, *_: Any, **__: Any) -> None:
        """The card is written once, beside the result."""

    def floating_point_ops(self, inputs: dict) -> int:
        return 0  # the default walks over all parameters at every step, and nobody reads it

    def _send_telemetry(self) -> None:
        """What is trained here is nobody else's business."""
