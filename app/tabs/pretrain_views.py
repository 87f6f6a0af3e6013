"""What the pretrain tab shows as HTML: the corpus's figures and preview, the estimate, an inline error.

All text of visitors is escaped here.
"""

import math
from html import escape
from typing import Any

from app import units
from pipelines.training.stages import Plan, Stage
from pipelines.training.start_model import learns

_PREVIEW_CHARS = 400
UNKNOWN_ESTIMATE = (
    '<p class="gw-muted">What this run takes is known once its job has fetched the model from the Hub.</p>'
)


def corpus_html(info: Any) -> str:
    """Title, documents, characters, size and the first documents of a CorpusInfo."""
    facts = f"{info.documents:,} documents · {info.characters:,} characters · {units.size(info.bytes)}"
    texts = "".join(f"<blockquote>{escape(_cut(text))}</blockquote>" for text in info.preview)
    return (
        f'<div class="gw-corpus"><p><b>{escape(info.title)}</b><br><span class="gw-muted">{facts}</span></p>'
        f"<details><summary>First documents</summary>{texts}</details></div>"
    )


def estimate_html(estimate: Any) -> str:
    """What the run will be and cost, before it is launched."""
    tiles = (
        ("parameters", units.short(estimate.parameters)),
        ("tokens", f"{units.short(estimate.tokens)}{_epochs(estimate.epochs)}"),
        ("compute", f"{units.short(estimate.flops)}FLOP"),
        ("memory", units.size(estimate.memory_bytes)),
        ("disk", units.size(estimate.disk_bytes)),
        ("time", "about " + units.duration(estimate.seconds) if estimate.seconds else "not known yet"),
    )
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in tiles)
    notes = "".join(f"<li>{escape(note)}</li>" for note in estimate.notes)
    notes = f'<ul class="gw-notices">{notes}</ul>' if notes else ""
    return f'<section aria-label="Estimate"><dl class="gw-tiles gw-estimate">{cells}</dl>{notes}</section>'


def _epochs(epochs: float) -> str:
    """Nothing for a corpus whose size is not known yet."""
    return "" if math.isnan(epochs) else f" ({units.short(epochs, 2)}× the corpus)"


def start_html(entry: Any, architecture: str) -> str:
    """What a run keeps of the model that it starts from."""
    context = f", context up to {entry.context_length:,}" if entry.context_length else ""
    facts = f"{units.short(entry.parameters)} parameters{context}, learns {learns(architecture)}"
    return (
        f'<p class="gw-start"><b>{escape(entry.title)}</b> is trained on ({facts}). It brings its shape and '
        "its tokenizer along: the fields for these are switched off and do not count. To see what it "
        "forgets, give its old text as the second corpus.</p>"
    )


def start_unknown_html(name: str) -> str:
    """For a model of the Hub that is not on this machine."""
    return (
        f'<p class="gw-start"><b>{escape(name)}</b> is fetched from the Hub by the job; its shape and its '
        "tokenizer are kept, and the fields for these do not count. Its context is not known yet: a longer "
        "one ends the job with a message.</p>"
    )


def stages_html(plan: Plan) -> str:
    """The figure's stages in words: one row each."""
    rows = "".join(_stage_row(number, stage, plan) for number, stage in enumerate(plan.stages, 1))
    names = ("stage", "steps", "context", "batch", "tokens a step", "second corpus")
    head = "".join(f"<th>{name}</th>" for name in names)
    return (
        f'<div class="gw-scroll"><table class="gw-plan-table gw-stages"><thead><tr>{head}</tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _stage_row(number: int, stage: Stage, plan: Plan) -> str:
    cells = (
        f"{number}",
        f"{stage.first + 1:,} to {stage.end:,}",
        f"{stage.context:,}",
        f"{stage.batch_size:,}",
        f"{plan.tokens_per_step(stage):,}",
        f"{stage.second_share:.0%}",
    )
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def error_html(message: str) -> str:
    """Inline, where the visitor looks; empty for no error."""
    return f'<p class="gw-error" role="alert"><b>✗</b> {escape(message)}</p>' if message else ""


def _cut(text: str) -> str:
    return text if len(text) <= _PREVIEW_CHARS else text[:_PREVIEW_CHARS] + " …"
