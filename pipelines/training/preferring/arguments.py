"""What TRL's trainers of preferences are told alike."""

from pathlib import Path
from typing import Any

from pipelines.training.preferring.specs import PreferSpec
from pipelines.training.tuning.arguments import arguments_of


def common(spec: PreferSpec, steps: int, folder: Path, use_cpu: bool, measure_first: bool) -> dict[str, Any]:
    """As :func:`pipelines.training.tuning.trainer.sft_arguments`."""
    again = {"use_reentrant": False} if spec.gradient_checkpointing else None
    return {
        **arguments_of(spec, steps, folder, use_cpu, measure_first),
        "per_device_train_batch_size": spec.batch_size // max(1, spec.processes),
        "gradient_checkpointing": spec.gradient_checkpointing,
        "gradient_checkpointing_kwargs": again,
        "bf16": False,  # autocast is the trainer's own
        "metric_for_best_model": "eval_loss",
        "greater_is_better": False,
    }
