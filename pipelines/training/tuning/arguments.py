"""A tuning spec in the words of transformers' Trainer: what the trainers of all tasks are told alike."""

from pathlib import Path
from typing import Any

from pipelines.training.distribution import sharing
from pipelines.training.tuning.specs import TuneSpec

_LOGGED_POINTS = 1_000  # events a run may write for its loss curve: more than a screen has pixels
_SCHEDULES = {"cosine": "cosine", "linear": "linear", "constant": "constant_with_warmup"}


def arguments_of(
    spec: TuneSpec, steps: int, folder: Path, use_cpu: bool, measure_first: bool
) -> dict[str, Any]:
    """``measure_first`` validates before the first step."""
    return {
        "output_dir": str(folder),
        "max_steps": steps,
        "gradient_accumulation_steps": spec.gradient_accumulation_steps,
        "learning_rate": spec.learning_rate,
        "lr_scheduler_type": _SCHEDULES[spec.schedule],
        "warmup_steps": round(spec.warmup_ratio * steps),
        "weight_decay": spec.weight_decay,
        "max_grad_norm": spec.max_grad_norm,
        "seed": spec.seed,
        "eval_strategy": "steps",
        "eval_steps": spec.eval_every,
        "eval_on_start": measure_first,
        "save_steps": spec.eval_every,
        "save_total_limit": 2,
        "load_best_model_at_end": True,
        "logging_steps": max(1, steps // _LOGGED_POINTS),
        "logging_first_step": True,
        "logging_nan_inf_filter": False,
        "dataloader_pin_memory": not use_cpu,
        "use_cpu": use_cpu,
        "ddp_find_unused_parameters": False,
        **sharing(spec.distribution),
        "report_to": "none",
        "disable_tqdm": True,
    }
