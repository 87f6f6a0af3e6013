"""What the pretrain tab shows as HTML: the corpus's figures and preview, the estimate, an inline error.

All text of visitors is escaped here.
"""

from html import escape
from typing import Any

from app import units

_PREVIEW_CHARS = 400


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
        ("tokens", f"{units.short(estimate.tokens)} ({units.short(estimate.epochs, 2)}× the corpus)"),
        ("compute", f"{units.short(estimate.flops)}FLOP"),
        ("memory", units.size(estimate.memory_bytes)),
        ("disk", units.size(estimate.disk_bytes)),
        ("time", "about " + units.duration(estimate.seconds) if estimate.seconds else "not known yet"),
    )
    cells = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in tiles)
    notes = "".join(f"<li>{escape(note)}</li>" for note in estimate.notes)
    notes = f'<ul class="gw-notices">{notes}</ul>' if notes else ""
    return f'<section aria-label="Estimate"><dl class="gw-tiles gw-estimate">{cells}</dl>{notes}</section>'


def error_html(message: str) -> str:
    """Inline, where the visitor looks; empty for no error."""
    return f'<p class="gw-error" role="alert"><b>✗</b> {escape(message)}</p>' if message else ""


def _cut(text: str) -> str:
    return text if len(text) <= _PREVIEW_CHARS else text[:_PREVIEW_CHARS] + " …"
