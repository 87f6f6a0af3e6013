"""What came of a run: general text before and after, and the held-out rows that it finds easiest and hardest.
All text of rows and models is escaped here. What a job wrote may lack anything, which is then left out.
"""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from app.job_panel.history import number
from app.tokenizer.glyphs import plain_text

_SHOWN = 5
_CHARS = 600
_GENERAL = (
    ("perplexity", "perplexity on general text", "{:.2f}"),
    ("accuracy", "right one of two sentences", "{:.1%}"),
)


def forgotten_html(metrics: Mapping[str, Any]) -> str:
    """Each measure on general text before and after; nothing where it was not measured."""
    lines = []
    for name, label, form in _GENERAL:
        before, after = (number(metrics.get(f"general_{name}_{when}")) for when in ("before", "after"))
        if before is not None and after is not None:
            lines.append(
                f'<p class="gw-second"><b>{label}</b> <span class="gw-was">{form.format(before)} before'
                f'</span> → <span class="gw-now">{form.format(after)} after</span></p>'
            )
    return f"<h3>What it has forgotten</h3>{''.join(lines)}" if lines else ""


def held_html(told: Any) -> str:
    """The best and the worst held-out rows beside each other, as the job has written them."""
    sides = [(title, _rows(told, name)) for title, name in (("Best", "best"), ("Worst", "worst"))]
    columns = "".join(
        f"<section><h4>{title}</h4><ol>{''.join(map(_row, rows[:_SHOWN]))}</ol></section>"
        for title, rows in sides
        if rows
    )
    return f'<h3>Held-out rows</h3><div class="gw-held">{columns}</div>' if columns else ""


def _rows(told: Any, name: str) -> Sequence[Mapping[str, Any]]:
    rows = told.get(name) if isinstance(told, dict) else None
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def _row(row: Mapping[str, Any]) -> str:
    parts = [f"row {int(number(row.get('row')) or 0):,}"]
    if (loss := number(row.get("loss"))) is not None:
        parts.append(f"loss {loss:.3f}")
    if isinstance(row.get("right"), bool):
        parts.append("✓ as wanted" if row["right"] else "✗ not as wanted")
    texts = "".join(_text(row, name, label) for name, label in _TEXTS)
    return f'<li><p class="gw-score">{" · ".join(parts)}</p>{texts}</li>'


_TEXTS = (("prompt", "prompt"), ("text", "learnt"), ("wanted", "wanted"), ("given", "given"))


def _text(row: Mapping[str, Any], name: str, label: str) -> str:
    value = row.get(name)
    if not isinstance(value, str) or not value:
        return ""
    cut = value if len(value) <= _CHARS else f"{value[:_CHARS]} …"
    return f"<p><b>{label}</b> {escape(plain_text(cut))}</p>"
