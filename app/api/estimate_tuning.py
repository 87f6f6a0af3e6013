"""The named endpoint ``/estimate``. Its docstring is the API's documentation."""

import math
from typing import Any

import gradio as gr

from app.api.jobs import spec_object
from app.errors import shown
from app.job_panel.access import reached, seen_corpus
from app.row_sets import seen_rows
from app.services import Services
from pipelines.core.errors import ConflictError, SpecError
from pipelines.jobs.kinds import kind_named
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.training.estimate import estimate as of_pretraining
from pipelines.training.preferring.footprint import footprint as of_preferences
from pipelines.training.preferring.online.footprint import footprint as of_rewards
from pipelines.training.preferring.online.specs import OnlineSpec
from pipelines.training.preferring.specs import PreferSpec, RewardSpec
from pipelines.training.tuning.distillation.footprint import footprint as of_distillation
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.footprint import Footprint, footprint, read_base

_KINDS = ("sft", "distill", "encoder", "dpo", "kto", "orpo", "reward", "grpo", "rloo", "pretrain")


def build(services: Services) -> None:
    """Register the endpoint in the surrounding Blocks."""

    def estimate(request: gr.Request, spec: str = "{}", kind: str = "sft") -> dict[str, Any]:
        """What a run will take, before it starts. The job measures its first step and then knows better.

        Parameters:
            spec: the fields of the job's spec as a JSON object, as for /submit_job; for "sft": {"base":
                "house/story-base", "dataset": "sample:story-prompts", "method": "lora"}.
            kind: "sft", "distill", "encoder", "dpo", "kto", "orpo", "reward", "grpo", "rloo" or "pretrain".
        Returns:
            trainable, parameters (with what the method adds) and percent; memory_bytes, and memory by part
            (weights, gradients, optimiser, activations, adapter, libraries, for "distill" also teacher, for
            "dpo", "kto", "grpo" and "rloo" by a method without an adapter reference; for "pretrain" null);
            steps, tokens and seconds (null while they are not known); notes.
        """
        if kind not in _KINDS:
            raise SpecError("kind", kind, f"one of {', '.join(map(repr, _KINDS))}")
        parsed = reached(services, kind_named(kind).parse(spec_object(spec)), request)
        if kind == "pretrain":
            return _pretraining(services, parsed, request)
        return as_json(footprint_of(services, parsed, request))

    gr.api(shown(estimate), api_name="estimate")


def footprint_of(services: Services, spec: Any, request: gr.Request) -> Footprint:
    """Of a spec whose base and data this visitor may use (``reached``). Raises ConflictError for a base that
    is not on this machine, as its size is read from its files."""
    models = services.models
    for name in filter(None, (spec.base, getattr(spec, "teacher", ""))):
        base = parse(name)
        if base.source is Source.HUB and not on_disk(base.rest):
            raise ConflictError(f"{name} is not on this machine yet, so its size is not known.")
    info = seen_rows(services, spec.dataset, request) if spec.dataset else None
    rows = services.settings, info.rows if info else 0, _characters(info.head) if info else 0.0
    there = read_base(models.get(spec.base), models.place(spec.base)) if spec.base else None
    if isinstance(spec, DistillSpec):
        return of_distillation(spec, there, models.get(spec.teacher), *rows)
    if isinstance(spec, OnlineSpec):
        return of_rewards(spec, there, *rows)
    if isinstance(spec, (PreferSpec, RewardSpec)):
        return of_preferences(spec, there, *rows)
    return footprint(spec, there, *rows)


def as_json(made: Footprint) -> dict[str, Any]:
    facts = {"trainable": made.trainable, "parameters": made.total, "percent": made.percent}
    memory = {"memory_bytes": made.memory_bytes, "memory": dict(made.memory)}
    return {**facts, **memory, "steps": made.steps, "tokens": made.tokens, "seconds": made.seconds} | {
        "notes": list(made.notes)
    }


def _pretraining(services: Services, spec: Any, request: gr.Request) -> dict[str, Any]:
    first, second = (
        seen_corpus(services, name, request) if name else None for name in (spec.corpus, spec.second_corpus)
    )
    made = of_pretraining(spec, first, services.settings, second)
    return {
        "trainable": made.parameters,
        "parameters": made.parameters,
        "percent": 100.0,
        "memory_bytes": made.memory_bytes,
        "memory": None,
        "steps": spec.max_steps,
        "tokens": made.tokens,
        "seconds": made.seconds,
        "notes": list(made.notes),
        "disk_bytes": made.disk_bytes,
        "epochs": made.epochs if math.isfinite(made.epochs) else None,
    }


def _characters(head: Any) -> float:
    """The mean over the first rows of all their texts, names and brackets left out; long ones are cut."""
    rows = head.rows if head else ()
    return sum(_length(row) for row in rows) / len(rows) if rows else 0.0


def _length(value: Any) -> int:
    if isinstance(value, str):
        return len(value)
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, (list, tuple)) else ()
    return sum(_length(part) for part in inside)
