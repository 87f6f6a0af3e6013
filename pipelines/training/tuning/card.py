"""What is written beside a tuned language model: the lineage for the family tree, the card for people."""

import time
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from pipelines.core.version import code_version
from pipelines.training.tuning.forgetting import General
from pipelines.training.tuning.methods import Tunable
from pipelines.training.tuning.specs import ADAPTERS, VIRTUAL, SftSpec

_LIBRARIES = ("torch", "transformers", "trl", "peft")
_CURVE_ROWS = 20

Columns = tuple[tuple[str, str], ...]  # of the table of the validation: a measure's name and its heading
PER_TOKEN: Columns = (("loss", "loss (nats a learnt token)"), ("perplexity", "perplexity"))


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``sha256`` are the digests of its files, ``curve`` its eval events by step,
    ``general`` what was measured before and after on general text (nothing where that was not asked for)."""

    job_id: str
    sha256: dict[str, str]
    rows: int
    tunable: Tunable
    metrics: dict[str, float]
    curve: dict[int, dict]
    general: tuple[General, ...] = ()


def lineage(spec: SftSpec, outcome: Outcome) -> dict[str, Any]:
    """The content of ``glassworks.json``."""
    held = {"validation": {"id": spec.validation, "sha256": outcome.sha256.get("validation", "")}}
    return {
        "name": spec.name,
        "method": spec.method,
        "task": spec.task,
        "parent": spec.base,
        "job_id": outcome.job_id,
        "corpus": {"id": spec.dataset, "sha256": outcome.sha256["dataset"]},
        **(held if spec.validation else {}),
        "tokenizer": spec.base,
        "spec": spec.to_dict(),
        "trainable_parameters": outcome.tunable.trainable,
        "tokens_seen": outcome.metrics["tokens"],
        "metrics": outcome.metrics,
        "versions": {library: version(library) for library in _LIBRARIES},
        "code_version": code_version(),
        "created": time.time(),
    }


def model_card(
    spec: SftSpec,
    outcome: Outcome,
    prompt: str,
    chat: bool,
    origin: str = "",
    figures: str = "",
    columns: Columns = PER_TOKEN,
) -> str:
    """README.md of the artefact. ``prompt`` is asked in its example, as a conversation where ``chat``. The
    name is the visitor's, so it is kept on one line. ``origin`` replaces the first words, ``figures`` is a
    section of its own."""
    title = " ".join(spec.name.split()) or "A model tuned here"
    tunable, metrics = outcome.tunable, outcome.metrics
    return f"""---
library_name: {"peft" if spec.method in ADAPTERS else "transformers"}
pipeline_tag: text-generation
{f"base_model: {spec.base}" if spec.base else "tags: [distillation]"}
---
# {title}

{origin or f"`{spec.base}`, tuned with Glassworks by the method `{spec.method}` ({spec.what.title.lower()}):"}
{tunable.trainable:,} of {tunable.total:,} parameters ({tunable.percent:.3g} %) were trained for
{metrics["steps"]:,} steps on {outcome.rows:,} rows. Kept is step {metrics["best_step"]:,}, the best measured.

## Validation

| step | {" | ".join(heading for _, heading in columns)} |
|---|{"---|" * len(columns)}
{_rows(outcome.curve, columns)}
{_forgotten(outcome.general)}{figures}
## Use

```python
{_code(spec, prompt, chat)}
```

`glassworks.json` holds the full recipe.
"""


def _rows(curve: dict[int, dict], columns: Columns) -> str:
    """At most about 20 points of the curve, the last one among them."""
    steps = sorted(curve, reverse=True)
    shown = sorted(steps[:: -(-len(steps) // _CURVE_ROWS) or 1])
    return "\n".join(
        f"| {step:,} | {' | '.join(_number(curve[step], name) for name, _ in columns)} |" for step in shown
    )


def _number(event: dict, name: str) -> str:
    value = event.get(name)
    return "–" if value is None else f"{value:,.4g}"


def _forgotten(general: tuple[General, ...]) -> str:
    if len(general) != 2:
        return ""
    before, after = general
    return f"""
## What it has kept of its general language

| on stories that it was not tuned on | before | after |
|---|---|---|
| perplexity | {before.perplexity:,.4g} | {after.perplexity:,.4g} |
| bits per byte | {before.bits_per_byte:.3f} | {after.bits_per_byte:.3f} |
| right of two sentences likelier ({before.pairs} pairs) | {before.accuracy:.0%} | {after.accuracy:.0%} |
"""


def _code(spec: SftSpec, prompt: str, chat: bool) -> str:
    quoted = '"' + " ".join(prompt.replace("\\", "").replace('"', "'").replace("`", "'").split()) + '"'
    asked = f'[{{"role": "user", "content": {quoted}}}]' if chat else quoted
    answer = 'answer[0]["generated_text"][-1]["content"]' if chat else 'answer[0]["generated_text"]'
    how = "" if spec.method in VIRTUAL else ".merge_and_unload()"
    loaded = _LOAD_ADAPTER.format(base=spec.base, how=how) if spec.method in ADAPTERS else _LOAD
    return f"{loaded}\nanswer = write({asked}, max_new_tokens={spec.sample_tokens})\nprint({answer})"


_LOAD = """from transformers import pipeline

write = pipeline("text-generation", model=".")"""
_LOAD_ADAPTER = """from peft import PeftModel
from transformers import AutoModelForCausalLM, AutoTokenizer, pipeline

base = AutoModelForCausalLM.from_pretrained("{base}")  # or the folder that it lies in
model = PeftModel.from_pretrained(base, "."){how}
write = pipeline("text-generation", model=model, tokenizer=AutoTokenizer.from_pretrained("."))"""
