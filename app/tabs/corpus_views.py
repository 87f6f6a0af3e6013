"""What the corpus tab shows as HTML: counts, what each step removed, and rows of tokens by document.

All text of documents and tokenizers is escaped here.
"""

import re
from difflib import SequenceMatcher
from html import escape

from app import units
from pipelines.training.curation.artifact import Example, Removed, Report
from pipelines.training.curation.packing import Layout, Row, Span
from pipelines.training.curation.preview import PackingPreview
from pipelines.training.curation.statistics import Statistics

_HUES = 6  # colours of documents that repeat; each span also carries its document's number
_ROWS, _TOKENS = 6, 800  # of one way that are drawn
_ENDED = {
    "limit": "The limit of documents was reached; the corpus holds more.",
    "stopped": "It was stopped early: what had been read by then was kept.",
}
_WAYS = {
    "packed": (
        "Packed",
        "Documents joined by end-of-text and cut into windows. Pretraining here reads these.",
    ),
    "padded": ("Padded", "One document a row, filled up with padding; a long document takes several rows."),
    "cut": ("Truncated", "One document a row, and the rest of a long document is thrown away."),
}


def counts_html(report: Report) -> str:
    """The corpus before and after as a table."""
    rows = "".join(
        f'<tr><th scope="row">{name}</th><td>{show(before)}</td><td>{show(after)}</td>'
        f"<td>{_share(after, before) if summed else ''}</td></tr>"
        for name, show, before, after, summed in _measures(report.read, report.kept)
    )
    said = f'<p class="gw-muted">{escape(_ENDED[report.ended])}</p>' if report.ended in _ENDED else ""
    return (
        '<div class="gw-corpus-table"><table><thead><tr><td></td><th scope="col" class="gw-before">read</th>'
        '<th scope="col" class="gw-after">kept</th><th scope="col">share</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>{said}"
    )


def removed_html(report: Report) -> str:
    """Each step with what it took and examples to read; steps that took nothing stand in one line."""
    took = [step for step in report.removed if step.documents]
    idle = [step.label for step in report.removed if not step.documents]
    rows = "".join(_step(step, report.read.documents) for step in took)
    none = "" if took else '<p class="gw-clean"><b>✓</b> Nothing was removed: this corpus is clean.</p>'
    rest = f'<p class="gw-muted">Found nothing: {escape(", ".join(idle))}.</p>' if idle else ""
    return f'<div class="gw-removed">{none}{rows}{rest}</div>'


def not_fetched_html(title: str) -> str:
    """A Hub data set that is not here yet."""
    return (
        f'<div class="gw-corpus"><p><b>{escape(title)}</b><br><span class="gw-muted">The job fetches it '
        "when it is started; nothing is known of it before.</span></p></div>"
    )


def preview_html(made: PackingPreview) -> str:
    """The three ways below each other, rows as chips."""
    return "".join(_way(way, layout, made) for way, layout in made.layouts.items())


def preview_hint_html() -> str:
    return (
        '<div class="gw-job gw-job-empty"><p>Choose a tokenizer and a context length, then press '
        "<b>Show the rows</b>: the first documents appear as the training would read them.</p></div>"
    )


def _measures(read: Statistics, kept: Statistics) -> list[tuple]:
    """(name, how to write it, before, after, whether a share of it says something)"""
    whole = "{:,}".format
    return [
        ("documents", whole, read.documents, kept.documents, True),
        ("characters", whole, read.characters, kept.characters, True),
        ("words", whole, read.words, kept.words, True),
        ("size as UTF-8", units.size, read.bytes, kept.bytes, True),
        ("characters a document", whole, _mean(read), _mean(kept), False),
    ]


def _mean(side: Statistics) -> int:
    return round(side.characters / max(1, side.documents))


def _share(part: float, whole: float) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _step(step: Removed, read: int) -> str:
    share = 100 * step.documents / max(1, read)
    examples = "".join(_example(example) for example in step.examples)
    count = f"{step.documents:,} documents · {_share(step.documents, read)}"
    return (
        f'<details class="gw-step"><summary><span class="gw-step-name">{escape(step.label)}</span>'
        f'<span class="gw-step-bar" aria-hidden="true"><i style="width:{max(1, share):.1f}%"></i></span>'
        f'<span class="gw-step-count">{count}</span></summary>{examples}</details>'
    )


def _example(example: Example) -> str:
    """The removed text; beside it the kept one that it repeats, with the words marked that differ."""
    gone, kept = _compared(example.text, example.like) if example.like else (escape(example.text), "")
    beside = _quoted("gw-kept", "✓", "kept", kept) if kept else ""
    return f'<div class="gw-pair">{_quoted("gw-gone", "✗", example.why, gone)}{beside}</div>'


def _quoted(style: str, sign: str, caption: str, html: str) -> str:
    said = f"<figcaption><b>{sign}</b> {escape(caption)}</figcaption>"
    return f'<figure class="{style}">{said}<blockquote>{html}</blockquote></figure>'


def _compared(one: str, other: str) -> tuple[str, str]:
    """Both texts as HTML, what only one of them has in ``<mark>``; case does not count.

    >>> _compared("The red fox", "The grey fox")
    ('The <mark>red</mark> fox', 'The <mark>grey</mark> fox')
    """
    left, right = (re.split(r"(\s+)", text) for text in (one, other))
    folded = ([part.casefold() for part in side] for side in (left, right))
    sides: tuple[list[str], list[str]] = ([], [])
    for tag, a, b, c, d in SequenceMatcher(None, *folded, autojunk=False).get_opcodes():
        for html, parts in zip(sides, (left[a:b], right[c:d]), strict=True):
            text = escape("".join(parts))
            html.append(text if tag == "equal" or not text.strip() else f"<mark>{text}</mark>")
    return "".join(sides[0]), "".join(sides[1])


def _way(way: str, layout: Layout, made: PackingPreview) -> str:
    title, about = _WAYS[way]
    facts = (
        ("rows", f"{len(layout.rows):,}"),
        ("padding", f"{100 * layout.padding_share:.1f} %"),
        ("tokens lost", f"{100 * layout.lost_share:.1f} %"),
        ("documents cut", f"{layout.documents_cut:,} of {len(made.tokens):,}"),
    )
    tiles = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    return (
        f'<section class="gw-way" aria-label="{title}"><h4>{title}</h4><p class="gw-muted">{about}</p>'
        f'<dl class="gw-tiles">{tiles}</dl>{_rows(layout, made)}</section>'
    )


def _rows(layout: Layout, made: PackingPreview) -> str:
    shown, left = [], _TOKENS
    for row in layout.rows[:_ROWS]:
        if left <= 0:
            break
        shown.append(row)
        left -= made.context
    items = "".join(f"<li>{_row(row, made)}</li>" for row in shown)
    rest = len(layout.rows) - len(shown)
    more = f'<p class="gw-muted">… and {rest:,} more rows.</p>' if rest else ""
    return f'<ol class="gw-rows">{items}</ol>{more}'


def _row(row: Row, made: PackingPreview) -> str:
    spans = "".join(_span(span, made.tokens[span.document]) for span in row.spans)
    if not row.padding:
        return spans
    return f'{spans}<span class="gw-token gw-pad">padding × {row.padding:,}</span>'


def _span(span: Span, tokens: tuple[str, ...]) -> str:
    hue, number = span.document % _HUES, span.document + 1
    label = f'<b class="gw-doc-label gw-doc-{hue}">{number}{"" if span.start == 0 else "…"}</b>'
    end = len(tokens) - 1
    places = range(span.start, span.start + span.length)
    return label + "".join(_chip(tokens[p], "gw-special" if p == end else f"gw-doc-{hue}") for p in places)


def _chip(token: str, style: str) -> str:
    return f'<span class="gw-token {style}">{_glyphs(token)}</span>'


def _glyphs(token: str) -> str:
    """White space made visible."""
    text = escape(token)
    for white, glyph in ((" ", "·"), ("\n", "⏎"), ("\t", "⇥")):
        text = text.replace(white, f'<span class="gw-space">{glyph}</span>')
    return text or "∅"
