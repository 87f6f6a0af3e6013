"""The trace of a search as HTML: a column a stage, lines between them, and what each passage says. Pure; all
text of documents is escaped here. ``assets/js/rag_trace.js`` marks a passage in every column.
"""

import json
from collections.abc import Mapping, Sequence
from html import escape

from app.rag import trace_words as words
from app.rag.trace_columns import PROMPT, Column, Row, alone, columns
from pipelines.rag.answers import Found
from pipelines.rag.requests import Passage

EMPTY = '<p class="gw-muted">Search, and each stage of it stands here: what it found, and what it moved.</p>'
_NOTHING = '<p class="gw-muted">No stage has found a passage.</p>'
_TEXT = 900  # characters of a passage that are shown below the columns
_LEGEND = (
    "▲ ▼ how many ranks a passage moved against the stage before; <i>new</i>: that stage did not have it. "
    "Passages in the prompt are filled. Point at one, or go there with the arrow keys, to follow it; press "
    "it to read it."
)


def trace_html(found: Found | None, collection: str = "", used: Sequence[str] | None = None) -> str:
    """``collection`` is its id, for the buttons that open a source; ``used`` as in
    :func:`~app.rag.trace_columns.columns`."""
    if found is None:
        return EMPTY
    if not found.stages:
        return _NOTHING
    drawn = columns(found, used)
    numbers = _numbers(drawn)
    passages = {one.id: one for one in found.passages}
    body = "".join(
        (_lines(drawn[at - 1], column, numbers) if at else "") + _column(column, numbers, passages)
        for at, column in enumerate(drawn)
    )
    texts = "".join(
        _text(number, passages[one], collection) for one, number in numbers.items() if one in passages
    )
    return (
        f'<div class="gw-trace">{_sentence(found, used)}'
        f'<div class="gw-trace-columns" role="group" aria-label="Stages of the search">{body}</div>'
        f'<div class="gw-trace-read" aria-live="polite">{texts}</div>'
        f'<p class="gw-muted gw-trace-legend">{_LEGEND}</p></div>'
    )


def _sentence(found: Found, used: Sequence[str] | None) -> str:
    count = len(found.hits if used is None else used)
    by = alone(found, used)
    parts = [f"{count} of {found.chunks:,} passages {'reach' if used is None else 'reached'} the prompt"]
    titles = {"bm25": "BM25", "dense": "dense"}
    if len(by) == 2 and count:
        parts.append("; of these " + ", ".join(f"{titles[name]} alone brings {n}" for name, n in by.items()))
    return f'<p class="gw-trace-sentence">{"".join(parts)}.</p>'


def _numbers(drawn: Sequence[Column]) -> dict[str, int]:
    """A number for each passage that is shown: ids of chunks are nothing for a page."""
    shown = dict.fromkeys(row.passage for column in drawn for row in column.rows)
    return {one: number for number, one in enumerate(shown)}


def _column(column: Column, numbers: Mapping[str, int], passages: Mapping[str, Passage]) -> str:
    took = words.milliseconds(column.seconds) if column.name != PROMPT else ""
    head = f"<header><b>{escape(column.title)}</b><small>{took}</small></header>"
    rows, last = [], 0
    for row in column.rows:
        if row.rank > last + 1:
            rows.append('<li class="gw-trace-gap" aria-hidden="true">⋮</li>')
        rows.append(_chip(column, row, numbers[row.passage], passages.get(row.passage)))
        last = row.rank
    left = column.of - len(column.rows)
    more = f'<p class="gw-trace-more">{left} more</p>' if left else ""
    more = more if column.of else '<p class="gw-trace-more">nothing</p>'
    return (
        f'<section class="gw-trace-column" data-stage="{escape(column.name)}" title="{escape(column.note)}">'
        f"{head}<ol>{''.join(rows)}</ol>{more}</section>"
    )


def _chip(column: Column, row: Row, number: int, passage: Passage | None) -> str:
    name = words.short_name(passage) if passage else "passage"
    title, number_in = (passage.name, passage.position + 1) if passage else ("passage", "")
    sign, said = words.moved(row.change, column.before)
    way = "" if not column.before else "new" if row.change is None else _way(row.change)
    score = words.number(row.score)
    label = f"rank {row.rank}, {name}, score {score}" + (f", {said}" if said else "")
    label += ", in the prompt" if row.in_prompt else ""
    inside = " gw-trace-in" if row.in_prompt else ""
    return (
        f'<li><button type="button" class="gw-trace-chip{inside}" data-passage="{number}" '
        f'aria-pressed="false" aria-label="{escape(label)}"><b>{row.rank}</b>'
        f"<span>{escape(title)}</span><u>·{number_in}</u>"
        f'<i>{score}</i><em data-way="{way}">{sign}</em></button></li>'
    )


def _way(change: int) -> str:
    return "up" if change < 0 else "down" if change else "same"


def _lines(left: Column, right: Column, numbers: Mapping[str, int]) -> str:
    """A line for each passage that both columns show, from its place here to its place there. A row is one
    unit high, as the columns' are one height."""
    here, there = _places(left), _places(right)
    height = max([1, *(place + 1 for place in (*here.values(), *there.values()))])
    paths = "".join(
        f'<path data-passage="{numbers[one]}" data-way="{_way(there[one] - here[one])}"'
        f'{_strong(right, one)} d="M0 {here[one] + 0.5}C.5 {here[one] + 0.5} .5 {there[one] + 0.5} 1 '
        f'{there[one] + 0.5}"/>'
        for one in here
        if one in there
    )
    return (
        f'<svg class="gw-trace-lines" style="--rows: {height}" viewBox="0 0 1 {height}" '
        f'preserveAspectRatio="none" aria-hidden="true">{paths}</svg>'
    )


def _strong(column: Column, passage: str) -> str:
    inside = any(row.in_prompt for row in column.rows if row.passage == passage)
    return ' class="gw-trace-in"' if inside else ""


def _places(column: Column) -> dict[str, int]:
    """Passage → the line that it stands on, gaps counted."""
    places, line, last = {}, 0, 0
    for row in column.rows:
        line += row.rank > last + 1
        places[row.passage] = line
        line, last = line + 1, row.rank
    return places


def _text(number: int, passage: Passage, collection: str) -> str:
    text = passage.text if len(passage.text) <= _TEXT else passage.text[:_TEXT].rstrip() + " …"
    link = json.dumps({"collection": collection, "document": passage.document, "position": passage.position})
    button = (
        f'<button type="button" data-source="{escape(link)}">Open in the document</button>'
        if collection
        else ""
    )
    return (
        f'<article data-of="{number}" hidden><header><b>{escape(passage.name)}</b>'
        f"<small>{escape(words.place(passage))}</small>{button}</header><p>{escape(text)}</p></article>"
    )
