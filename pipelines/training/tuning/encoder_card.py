"""What is written beside a tuned encoder: the lineage for the family tree, the card for people."""

from dataclasses import dataclass
from typing import Any

from pipelines.training.tuning.card import Outcome
from pipelines.training.tuning.card import lineage as common_lineage
from pipelines.training.tuning.encoders.base import Lesson
from pipelines.training.tuning.specs import ADAPTERS, EncoderSpec

_COUNTS = ("steps", "best_step", "tokens", "seconds", "peak_memory_bytes")
_CALLS = {
    "classify": "`text` is what is to be labelled",
    "tag": "`text` is where names are to be found",
    "answer": "`text` is the question, `context` the text with the answer",
    "reward": "`text` is the prompt, `context` the answer that gets a reward",
    "fill": "`text` has `[MASK]` for each hidden word",
}


@dataclass(frozen=True)
class Told:
    """How a run ended, what was learnt, and on how many rows it was measured."""

    outcome: Outcome
    lesson: Lesson
    held_out: int


def lineage(spec: EncoderSpec, told: Told) -> dict[str, Any]:
    """The content of ``glassworks.json``."""
    return {**common_lineage(spec, told.outcome), "labels": list(told.lesson.labels)}


def model_card(spec: EncoderSpec, told: Told) -> str:
    """README.md of the artefact. The name is the visitor's, so it is kept on one line."""
    title = " ".join(spec.name.split()) or "An encoder tuned here"
    outcome, tunable = told.outcome, told.outcome.tunable
    measures = ((name, value) for name, value in outcome.metrics.items() if name not in _COUNTS)
    figures = "\n".join(f"| {name} | {value:,.4g} |" for name, value in measures)
    labels = ", ".join(f"`{label}`" for label in told.lesson.labels[:50])
    return f"""---
library_name: {"peft" if spec.method in ADAPTERS else "transformers"}
pipeline_tag: {told.lesson.pipeline_tag}
base_model: {spec.base}
---
# {title}

`{spec.base}`, tuned with Glassworks for the task *{spec.what.title.lower()}* by the method `{spec.method}`:
{tunable.trainable:,} of {tunable.total:,} parameters ({tunable.percent:.3g} %) were trained for
{outcome.metrics["steps"]:,} steps on {outcome.rows:,} rows. Kept is step {outcome.metrics["best_step"]:,},
which measured best.{f" Labels: {labels}." if labels else ""}

| measured on {told.held_out:,} held-out rows, which chose the step | |
|---|---|
{figures}

In Glassworks it is asked through `/predict`: {_CALLS[spec.task]}.

`glassworks.json` holds the full recipe.
"""
