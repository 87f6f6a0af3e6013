"""transformers' Trainer for an encoder's lesson: batches of rows of like length, the lesson's loss, its own
measures. Knows nothing about jobs.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset
from transformers import TrainingArguments
from transformers.trainer_callback import PrinterCallback

from pipelines.training.objectives.quiet import quietly
from pipelines.training.tuning.arguments import arguments_of
from pipelines.training.tuning.deck import Deck, steps_of
from pipelines.training.tuning.encoders.base import Batch, Lesson, Sequence_, counted
from pipelines.training.tuning.losses import shared
from pipelines.training.tuning.optimizer import optimizer_of
from pipelines.training.tuning.specs import EncoderSpec
from pipelines.training.tuning.spread import Spread, of_all


class Batches(Dataset):
    """The batches of a whole run, each with its number: the Trainer takes them in turn, so a resumed run
    needs no state to find its place."""

    def __init__(self, deck: Deck, processes: int = 1):
        self._batches, self._processes = deck.batches, processes

    def __len__(self) -> int:
        return len(self._batches) * self._processes

    def __getitem__(self, item: int) -> tuple[int, int, list[int]]:
        """(the batch's number, the process whose share of it is meant, all its rows)."""
        number, process = divmod(item, self._processes)
        return number, process, self._batches[number]


class EncoderTrainer(Spread):
    """Learns a lesson under autocast in ``dtype`` (None: fp32)."""

    def __init__(self, lesson: Lesson, deck: Deck, dtype: torch.dtype | None, **kwargs: Any):
        batches = Batches(deck, kwargs["args"].world_size)
        super().__init__(
            train_dataset=batches, eval_dataset=lesson.held_out, data_collator=self._collate, **kwargs
        )
        self._lesson, self._dtype = lesson, dtype
        self.model_accepts_loss_kwargs = False  # the loss is a mean already: accumulation divides it
        self.remove_callback(PrinterCallback)

    def _collate(self, items: list[tuple[int, int, list[int]]]) -> Batch:
        """Of the whole batch, as some tasks draw, and then this process's rows of it."""
        ((number, process, rows),) = items  # the loader takes single items, and each is a batch already
        sequences = [self._lesson.training[row] for row in rows]
        batch = self._lesson.collate(sequences, self.args.seed + 1 + number)
        return {name: values[process :: self.args.world_size] for name, values in batch.items()}

    def compute_loss(
        self, model: nn.Module, inputs: Batch, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        loss, _ = self._lesson.forward(self._asked(model), inputs)
        _, processes = self.share
        if processes > 1:  # so that the gradients' mean over the processes is that of the whole batch
            targets = counted(inputs)
            loss = loss * (processes * targets / of_all(targets, self.args.device))
        return (loss, {}) if return_outputs else loss

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        made = optimizer_of(self._lesson.spec.optimizer, self.model, self.args)
        self.optimizer = made or super().create_optimizer(model)
        return self.optimizer

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        found, *_ = self.measured()
        metrics = {f"eval_{name}": value for name, value in found.items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def measured(self) -> tuple[dict[str, float], list[Any], list[float]]:
        """The loss and the measures on the held-out rows, and the answer to each sequence and its loss in
        their order."""
        lesson = self._lesson
        answers: list[Any] = [None] * len(lesson.held_out)
        losses = [0.0] * len(lesson.held_out)
        total = weight = 0.0
        with quietly(self.model), self.autocast_smart_context_manager():
            groups = _by_length(lesson.held_out, 4 * self._lesson.spec.batch_size)
            for places, counts in shared(groups, *self.share):
                sequences = [lesson.held_out[place] for place in places]
                batch = {n: t.to(self.args.device) for n, t in lesson.collate(sequences).items()}
                loss, outputs = lesson.forward(self._asked(self.model), batch)
                if not counts:
                    continue
                total, weight = total + float(loss) * counted(batch), weight + counted(batch)
                told = zip(
                    lesson.answers(outputs, batch, sequences), lesson.losses(outputs, batch), strict=True
                )
                for place, (answer, its) in zip(places, told, strict=True):
                    answers[place], losses[place] = answer, its
        total, weight, *losses = self.summed(np.array([total, weight, *losses])).tolist()
        answers = self.gathered(answers)
        return {"loss": total / weight, **lesson.measure(answers)}, answers, losses

    def _asked(self, model: nn.Module) -> Any:
        """A model that is split is asked as a whole, never by its parts."""
        return (lambda **given: model(**given)) if self.split else model

    def autocast_smart_context_manager(self, cache_enabled: bool | None = True) -> AbstractContextManager:
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(self.args.device.type, self._dtype, cache_enabled=bool(cache_enabled))

    def floating_point_ops(self, inputs: dict) -> int:
        return 0  # the default walks over all parameters at every step, and nobody reads it


def deck_of(spec: EncoderSpec, lesson: Lesson) -> Deck:
    lengths = tuple(len(sequence["input_ids"]) for sequence in lesson.training)
    passes = spec.gradient_accumulation_steps
    steps = spec.max_steps or steps_of(len(lengths), spec.num_epochs, spec.batch_size, passes)
    return Deck(lengths, spec.batch_size, passes, steps, spec.seed)


def training_arguments(
    spec: EncoderSpec, folder: Path, best: str, steps: int, use_cpu: bool, measure_first: bool
) -> TrainingArguments:
    """The spec in the Trainer's words. ``best`` names the measure that chooses among the checkpoints."""
    return TrainingArguments(
        **arguments_of(spec, steps, folder, use_cpu, measure_first),
        per_device_train_batch_size=1,  # an item of the deck is a batch
        activation_checkpointing=spec.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if spec.gradient_checkpointing else None,
        train_sampling_strategy="sequential",  # the deck shuffles
        metric_for_best_model=f"eval_{best}",
        greater_is_better=best != "loss",
        remove_unused_columns=False,
    )


def _by_length(sequences: Sequence[Sequence_], size: int) -> list[list[int]]:
    lengths = np.array([len(sequence["input_ids"]) for sequence in sequences])
    order = np.argsort(-lengths, kind="stable")
    return [part.tolist() for part in np.split(order, range(size, len(order), size))]
