"""transformers' Trainer, set up for pretraining: the optimiser, the schedule, and a loss without detours.

Knows nothing about jobs; :mod:`pipelines.training.callback` connects it to one.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import PreTrainedTokenizerFast, Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from pipelines.core.errors import SpecError
from pipelines.training.average import Average, Averaging
from pipelines.training.objectives import Objective
from pipelines.training.optimizers import make_optimizer
from pipelines.training.prepare import Prepared
from pipelines.training.schedules import Schedule
from pipelines.training.specs import PretrainSpec
from pipelines.training.validate import held_out_loss

_LOGGED_POINTS = 1_000  # events a run may write for its loss curve: more than a screen has pixels


@dataclass(frozen=True)
class Numerics:
    """How a step is computed: ``dtype`` for autocast (None: fp32), and whether it is compiled."""

    dtype: torch.dtype | None = None
    compiled: bool = False


@dataclass(frozen=True)
class Lesson:
    """What is learnt from what: the spec, its objective, and the encoded text."""

    spec: PretrainSpec
    objective: Objective
    prepared: Prepared

    @property
    def tokenizer(self) -> PreTrainedTokenizerFast:
        return self.prepared.tokenizer

    def collate(self, batches: list[torch.Tensor]) -> dict[str, torch.Tensor]:
        (ids,) = batches  # the loader takes single items, and each is a batch already
        return self.objective.batch(ids, self.spec, self.tokenizer)


class PretrainTrainer(Trainer):
    """A Trainer that learns a :class:`Lesson`, under autocast and compiled as told.

    Only training steps are compiled: validation is too short to repay a second graph.
    """

    def __init__(self, lesson: Lesson, numerics: Numerics, average: Average | None = None, **kwargs: Any):
        super().__init__(data_collator=lesson.collate, **kwargs)
        self._lesson, self._dtype, self._average = lesson, numerics.dtype, average
        self._compiled = torch.compile(_plain(lesson.objective), dynamic=False) if numerics.compiled else None
        self.remove_callback(PrinterCallback)

    def compute_loss(
        self, model: nn.Module, inputs: dict, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        loss = self._compiled(model, inputs) if self._compiled else self._lesson.objective.loss(model, inputs)
        return (loss, {}) if return_outputs else loss

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        spec = self._lesson.spec
        self.optimizer = make_optimizer(
            spec.optimizer, self.model, spec.learning_rate, spec.weight_decay, spec.adam_beta2
        )
        return self.optimizer

    def create_scheduler(self, num_training_steps: int, optimizer: Any = None) -> LambdaLR:
        self.lr_scheduler = LambdaLR(optimizer or self.optimizer, schedule_of(self._lesson.spec))
        return self.lr_scheduler

    def evaluate(self, *_: Any, **__: Any) -> dict[str, float]:
        """Measure on the held-out part of each corpus, in windows as long as the training's are now."""
        lesson = self._lesson
        prepared, spec = lesson.prepared, lesson.spec
        context = spec.plan.stage_at(self.state.global_step).context
        metrics = {}
        with self.averaged_weights(), self.autocast_smart_context_manager():
            for name, windows in prepared.validation_windows(context).items():
                loss = held_out_loss(self.model, lesson.objective, windows, spec, lesson.tokenizer)
                metrics[f"eval_{name}loss"] = loss
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def averaged_weights(self) -> AbstractContextManager:
        """Inside, the model is what the run would save now."""
        return self._average.in_place() if self._average else nullcontext()

    def autocast_smart_context_manager(self, cache_enabled: bool | None = True) -> AbstractContextManager:
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(self.args.device.type, self._dtype, cache_enabled=bool(cache_enabled))

    def floating_point_ops(self, inputs: dict) -> int:
        return 0  # the default walks over all parameters at every step; the plan has the figure already


def _plain(objective: Objective) -> Any:
    return lambda model, inputs: objective.loss(model, inputs, plain=True)


def make_trainer(
    model: nn.Module,
    lesson: Lesson,
    arguments: TrainingArguments,
    numerics: Numerics,
    callbacks: tuple[TrainerCallback, ...] = (),
    checkpoint: Path | None = None,
) -> PretrainTrainer:
    """``checkpoint`` is the one that the run goes on from: it keeps more than the Trainer knows."""
    average = None
    if lesson.spec.average_decay:
        average = Average(model, lesson.spec.average_decay)
        callbacks = (Averaging(average), *callbacks)
        if checkpoint:
            average.load(checkpoint)
    return PretrainTrainer(
        lesson,
        numerics,
        average,
        model=model,
        args=arguments,
        train_dataset=lesson.prepared.deck(lesson.spec, arguments.world_size),
        eval_dataset=lesson.prepared.validation_windows(lesson.spec.context_length)[""],
        callbacks=list(callbacks),
    )


def schedule_of(spec: PretrainSpec) -> Schedule:
    return Schedule(spec.schedule, spec.max_steps, spec.warmup_steps, spec.decay_share, spec.min_lr_ratio)


def training_arguments(
    spec: PretrainSpec, folder: Path, use_cpu: bool, processes: int = 1, measure_first: bool = True
) -> TrainingArguments:
    """The spec in the Trainer's words. ``measure_first`` validates before the first step.

    ``batch_size`` is that of all processes together, so that the same spec trains the same model anywhere.
    """
    for stage in spec.plan.stages:
        if stage.batch_size % processes:
            accepted = f"a multiple of the {processes} processes of this run"
            raise SpecError("batch_size", stage.batch_size, accepted)
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=spec.max_steps,
        per_device_train_batch_size=1,  # an item of the deck is a batch
        gradient_accumulation_steps=spec.gradient_accumulation_steps,
        activation_checkpointing=spec.gradient_checkpointing,
        activation_checkpointing_kwargs={"use_reentrant": False} if spec.gradient_checkpointing else None,
        learning_rate=spec.learning_rate,
        max_grad_norm=spec.max_grad_norm,
        seed=spec.seed,
        train_sampling_strategy="sequential",  # the deck shuffles; its order needs no state to resume
        eval_strategy="steps",
        eval_steps=spec.eval_every,
        eval_on_start=measure_first,
        save_steps=spec.checkpoint_every,
        save_total_limit=2,
        logging_steps=max(1, spec.max_steps // _LOGGED_POINTS),
        logging_first_step=True,
        logging_nan_inf_filter=False,
        label_names=["targets"],
        prediction_loss_only=True,
        remove_unused_columns=False,
        dataloader_pin_memory=not use_cpu,
        use_cpu=use_cpu,
        ddp_find_unused_parameters=False,
        report_to="none",
        disable_tqdm=True,
    )
