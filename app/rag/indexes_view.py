"""Indexes side by side as a table and as a figure: what each finds, how fast, at what cost. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from app.figures.comparison import LETTERS
from app.figures.methods import Point, Scale, Ticks, methods_figure
from app.prompt_lab import words
from app.units import size
from pipelines.rag.answers import IndexCompared

HINT = (
    '<p class="gw-hint">Press <b>Compare</b>: how many of the true neighbours each index finds, how long a '
    "question takes and what the index costs then stand here.</p>"
)
_HEADS = ("Index", "Found", "Half of the questions within", "95 % within", "Built in", "Memory")


@dataclass(frozen=True)
class _Told:
    title: str
    says: str


_INDEXES = {
    "exact": _Told("Exact", "compares with every vector; what the others are held against"),
    "chroma hnsw": _Told("Chroma HNSW", "walks a graph of near vectors"),
    "faiss flat": _Told("FAISS flat", "compares with every vector, in another library"),
    "faiss hnsw": _Told("FAISS HNSW", "walks such a graph, in another library"),
    "faiss ivf": _Told("FAISS IVF", "looks into the 8 nearest cells of a division of the space"),
}


def title(index: str) -> str:
    return _INDEXES[index].title if index in _INDEXES else index


def table_html(rows: Sequence[IndexCompared], top_k: int) -> str:
    """A row an index, with the letter that it has in the figure."""
    if not rows:
        return HINT
    heads = "".join(f'<th scope="col">{head}</th>' for head in _HEADS)
    body = "".join(_row(at, row) for at, row in enumerate(rows))
    asked = rows[0].queries
    legend = (
        f'<p class="gw-muted gw-found-legend">Found: the share of the true {top_k} nearest passages, as '
        "comparing with all of them finds them. Each index was built anew in memory and asked one question "
        "at a time. Up to 20,000 passages a search is exact; above, it walks Chroma’s graph.</p>"
    )
    named = f"{rows[0].chunks:,} passages, {asked:,} question{'' if asked == 1 else 's'}"
    return words.table(named, heads, body, "gw-measure-table") + legend


def figure(rows: Sequence[IndexCompared]) -> Any:
    """What is found over the time that a question takes."""
    drawn = [
        Point(LETTERS[at], title(row.index), row.p50, 100 * row.recall, milliseconds(row.p50), _found(row))
        for at, row in enumerate(rows)
    ]
    scale = Scale("Time a question (ms)", "Found (%)", log_x=True, ticks=Ticks())
    made = methods_figure(drawn, scale, "No index is measured yet.")
    least = min((one.y for one in drawn), default=0.0)
    room = max(1.0, 0.15 * (100 - least))
    made.update_layout(
        xaxis={"tickformat": "~g"},  # milliseconds, of which plotly would make thousandths
        yaxis={"range": [max(0.0, least - room), 100 + room], "tickvals": _ticks(least - room)},
    )
    return made


def milliseconds(value: float) -> str:
    """
    >>> milliseconds(0.0349), milliseconds(2.31), milliseconds(140.2)
    ('0.035 ms', '2.3 ms', '140 ms')
    """
    return f"{value:.0f} ms" if value >= 10 else f"{value:.2g} ms"


def _ticks(least: float) -> list[float]:
    """Round shares up to 100, a few of them.

    >>> _ticks(93.2), _ticks(99.0)
    ([94.0, 96.0, 98.0, 100.0], [99.0, 99.5, 100.0])
    """
    step = next(step for step in (0.5, 1.0, 2.0, 5.0, 10.0, 25.0) if (100 - least) / step <= 5)
    return [100 - step * at for at in range(int((100 - least) / step), -1, -1)]


def _row(at: int, row: IndexCompared) -> str:
    told = _INDEXES.get(row.index, _Told(row.index, ""))
    cells = (
        f"<b>{_found(row)}</b>",
        milliseconds(row.p50),
        milliseconds(row.p95),
        "–" if row.index == "exact" else words.seconds(row.build_seconds),
        size(row.bytes) if row.bytes else "–",
    )
    head = (
        f'<th scope="row"><span class="gw-found-number">{LETTERS[at]}</span> {escape(told.title)} '
        f"<small>{escape(told.says)}</small></th>"
    )
    return f"<tr>{head}{''.join(f'<td><span>{cell}</span></td>' for cell in cells)}</tr>"


def _found(row: IndexCompared) -> str:
    return words.percent(row.recall)
