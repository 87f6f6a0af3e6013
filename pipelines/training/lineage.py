"""Where a model comes from: what is written beside its weights for people and for the family tree."""

import hashlib
import subprocess
import time
from pathlib import Path
from typing import Any

from pipelines.core.settings import REPOSITORY
from pipelines.training.corpus import files_of
from pipelines.training.specs import PretrainSpec

_CURVE_ROWS = 20


def lineage(
    spec: PretrainSpec, job_id: str, corpus_sha256: str, tokens: int, metrics: dict
) -> dict[str, Any]:
    """The content of ``glassworks.json``. A model trained from scratch has no parent."""
    return {
        "name": spec.name,
        "method": "pretrain",
        "parent": None,
        "job_id": job_id,
        "corpus": {"id": spec.corpus, "sha256": corpus_sha256},
        "tokenizer": spec.tokenizer,
        "spec": spec.to_dict(),
        "tokens_seen": tokens,
        "metrics": metrics,
        "code_version": code_version(),
        "created": time.time(),
    }


def model_card(
    spec: PretrainSpec, parameters: int, tokens: int, metrics: dict[str, float], curve: dict[int, dict]
) -> str:
    """README.md of the artefact; ``curve`` holds the eval events by step. The name is the visitor's, so it is
    kept on one line."""
    title = " ".join(spec.name.split()) or "A model trained from scratch"
    figures = "\n".join(f"| {name} | {value:,.4g} |" for name, value in metrics.items())
    return f"""---
library_name: transformers
pipeline_tag: text-generation
---
# {title}

A {spec.architecture} model with {parameters:,} parameters ({spec.num_layers} layers, width
{spec.hidden_size}, {spec.num_heads} heads, context {spec.context_length}), trained from scratch on
{tokens:,} tokens with Glassworks.

| measured at the end, on held-out documents | |
|---|---|
{figures}

## Validation

| step | loss (nats a token) | perplexity | bits per byte |
|---|---|---|---|
{_rows(curve)}

```python
from transformers import pipeline
write = pipeline("text-generation", model=".")
print(write("{_quoted(spec)}")[0]["generated_text"])
```

`glassworks.json` holds the full recipe.
"""


def _rows(curve: dict[int, dict]) -> str:
    """At most about 20 points of the curve, the last one among them."""
    steps = sorted(curve, reverse=True)
    shown = sorted(steps[:: -(-len(steps) // _CURVE_ROWS) or 1])
    return "\n".join(_row(step, curve[step]) for step in shown)


def _row(step: int, event: dict) -> str:
    figures = (f"{event.get(name) or 0:,.4g}" for name in ("loss", "perplexity", "bits_per_byte"))
    return f"| {step:,} | {' | '.join(figures)} |"


def sha256_of(path: Path) -> str:
    """One digest over the corpus files, in the order in which they are read."""
    digest = hashlib.sha256()
    for file in files_of(path):
        with file.open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def code_version() -> str:
    """The commit of this repository, or nothing where it is not a git checkout."""
    command = ["git", "-C", str(REPOSITORY), "rev-parse", "HEAD"]
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=10, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return ""


def _quoted(spec: PretrainSpec) -> str:
    prompt = spec.sample_prompts[0] if spec.sample_prompts else "Once upon a time"
    return " ".join(prompt.replace("\\", "").replace('"', "'").replace("`", "'").split())
