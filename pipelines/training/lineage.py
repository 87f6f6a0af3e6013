"""Where a model comes from: what is written beside its weights for people and for the family tree."""

import hashlib
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.version import code_version
from pipelines.training.corpus import files_of
from pipelines.training.specs import PretrainSpec

_CURVE_ROWS = 20
_TAGS = {"bert": "fill-mask", "t5": "text2text-generation"}


@dataclass(frozen=True)
class Outcome:
    """How a run ended: ``corpora`` are the digests of its texts by the prefix of their figures, ``curve`` its
    eval events by step."""

    job_id: str
    corpora: dict[str, str]
    parameters: int
    tokens: int
    metrics: dict[str, float]
    curve: dict[int, dict]


def lineage(spec: PretrainSpec, outcome: Outcome) -> dict[str, Any]:
    """The content of ``glassworks.json``. A model trained from scratch has no parent."""
    names = {"": spec.corpus, "second_": spec.second_corpus}
    corpora = {f"{p}corpus": {"id": names[p], "sha256": digest} for p, digest in outcome.corpora.items()}
    return {
        "name": spec.name,
        "method": "continued pretraining" if spec.start_from else "pretraining",
        "parent": spec.start_from or None,
        "job_id": outcome.job_id,
        **corpora,
        "tokenizer": spec.start_from or spec.tokenizer,
        "spec": spec.to_dict(),
        "tokens_seen": outcome.tokens,
        "metrics": outcome.metrics,
        "code_version": code_version(),
        "created": time.time(),
    }


def model_card(spec: PretrainSpec, outcome: Outcome, code: str) -> str:
    """README.md of the artefact; ``code`` uses the model. The name is the visitor's, so it is kept on one
    line."""
    title = " ".join(spec.name.split()) or "A model trained here"
    figures = "\n".join(f"| {name} | {value:,.4g} |" for name, value in outcome.metrics.items())
    return f"""---
library_name: transformers
pipeline_tag: {_TAGS.get(spec.architecture, "text-generation")}
---
# {title}

{_origin(spec, outcome)}

| measured at the end, on held-out documents | |
|---|---|
{figures}

## Validation

| step | loss (nats a token) | perplexity | bits per byte |
|---|---|---|---|
{_rows(outcome.curve)}

```python
{code}
```

`glassworks.json` holds the full recipe.
"""


def _origin(spec: PretrainSpec, outcome: Outcome) -> str:
    if spec.start_from:
        return (
            f"`{spec.start_from}` ({outcome.parameters:,} parameters), trained on {outcome.tokens:,} more "
            "tokens with Glassworks."
        )
    return (
        f"A {spec.architecture} model with {outcome.parameters:,} parameters ({spec.num_layers} layers, "
        f"width {spec.hidden_size}, {spec.num_heads} heads, context {spec.context_length}), trained from "
        f"scratch on\n{outcome.tokens:,} tokens with Glassworks."
    )


def _rows(curve: dict[int, dict]) -> str:
    """At most about 20 points of the curve, the last one among them."""
    steps = sorted(curve, reverse=True)
    shown = sorted(steps[:: -(-len(steps) // _CURVE_ROWS) or 1])
    return "\n".join(_row(step, curve[step]) for step in shown)


def _row(step: int, event: dict) -> str:
    names = ("loss", "perplexity", "bits_per_byte")
    figures = (f"{event[name]:,.4g}" if name in event else "–" for name in names)
    return f"| {step:,} | {' | '.join(figures)} |"


def sha256_of(path: Path) -> str:
    """One digest over the corpus files, in the order in which they are read."""
    digest = hashlib.sha256()
    for file in files_of(path):
        with file.open("rb") as source:
            while block := source.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
