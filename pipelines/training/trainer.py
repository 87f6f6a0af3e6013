"""transformers' Trainer, set up for pretraining: the optimiser, the schedule, and a loss without detours.

Knows nothing about jobs; :mod:`pipelines.training.callback` connects it to one.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from pipelines.core.errors import SpecError
from pipelines.training.data import Windows, collate
from pipelines.training.loss import next_token_loss, plain_loss
from pipelines.training.specs import PretrainSpec

_EVAL_BATCH_TOKENS = 4_096  # so that a small training batch does not make validation slow
_LOGGED_POINTS = 1_000  # events a run may write for its loss curve: more than a screen has pixels


@dataclass(frozen=True)
class Numerics:
    """How a step is computed: ``dtype`` for autocast (None: fp32), and whether it is compiled."""

    dtype: torch.dtype | None = None
    compiled: bool = False


class PretrainTrainer(Trainer):
    """A Trainer with the losses of :mod:`pipelines.training.loss`, under autocast and compiled as told.

    Only training steps are compiled: validation is too short to repay a second graph.
    """

    def __init__(self, numerics: Numerics, **kwargs: Any):
        super().__init__(**kwargs)
        self._dtype = numerics.dtype
        self._loss = torch.compile(plain_loss, dynamic=False) if numerics.compiled else next_token_loss
        self.remove_callback(PrinterCallback)

    def compute_loss(
        self, model: nn.Module, inputs: dict, return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> Any:
        compute = self._loss if model.training else next_token_loss
        loss = compute(model, inputs["input_ids"], inputs["targets"])
        return (loss, {}) if return_outputs else loss

    def autocast_smart_context_manager(self, cache_enabled: bool | None = True) -> AbstractContextManager:
        if self._dtype is None:
            return nullcontext()
        return torch.autocast(self.args.device.type, self._dtype, cache_enabled=bool(cache_enabled))

    def floating_point_ops(self, inputs: dict) -> int:
        return 0  # the default walks over all parameters at every step; the plan has the figure already


def make_trainer(
    model: nn.Module,
    train: Windows,
    validation: Windows,
    arguments: TrainingArguments,
    numerics: Numerics,
    callbacks: tuple[TrainerCallback, ...] = (),
) -> PretrainTrainer:
    return PretrainTrainer(
        numerics,
        model=model,
        args=arguments,
        train_dataset=train,
        eval_dataset=validation,
        data_collator=collate,
        callbacks=list(callbacks),
    )


def training_arguments(
    spec: PretrainSpec, folder: Path, use_cpu: bool, processes: int = 1, measure_first: bool = True
) -> TrainingArguments:
    """The spec in the Trainer's words. AdamW decays matrices only; the rate warms up, then falls by a cosine.

    ``batch_size`` is that of all processes together, so that the same spec trains the same model anywhere.
    ``measure_first`` validates before the first step.
    """
    if spec.batch_size % processes:
        raise SpecError("batch_size", spec.batch_size, f"a multiple of the {processes} processes of this run")
    each = spec.batch_size // processes
    return TrainingArguments(
        output_dir=str(folder),
        max_steps=spec.max_steps,
        per_device_train_batch_size=each,
        per_device_eval_batch_size=max(each, _EVAL_BATCH_TOKENS // spec.context_length),
        gradient_accumulation_steps=spec.gradient_accumulation_steps,
        learning_rate=spec.learning_rate,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": spec.min_lr_ratio},
        warmup_steps=spec.warmup_steps,
        optim="adamw_torch_fused",
        adam_beta2=spec.adam_beta2,
        weight_decay=spec.weight_decay,
        max_grad_norm=spec.max_grad_norm,
        seed=spec.seed,
        train_sampling_strategy="sequential",  # Windows shuffles; its order needs no state to resume
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
