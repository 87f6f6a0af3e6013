"""Figures of text metrics as tables: all metrics, one metric with what it is made of, and its pairs. Pure;
all text is escaped here.
"""

import math
from html import escape

from app.evaluate.metrics_board import Board
from app.prompt_lab.words import MINUS, clipped, p_value, table, text_html
from app.status_line import status_line
from app.tokenizer.chips import count_of
from pipelines.evaluation.metrics.answers import Count, Measured, SystemsCompared
from pipelines.evaluation.metrics.requests import BOOTSTRAP
from pipelines.evaluation.metrics.specs import KINDS, MetricKind

HINT = (
    '<p class="gw-hint">Two short systems are filled in as an example. Press <b>Measure</b>: the figures of '
    "each metric, the counts they are made of and every pair unit by unit then stand here.</p>"
)
PAGE = 20
_SURE = 0.05
_FEW = 30  # pairs: below, resamples are too alike
_ONE = ("Metric", "Figure", "95 %")
_TWO = ("Metric", "First system", "Second system", "Difference", "95 %", "p")
_STATES = {
    "running": ("writing", "Measuring"),
    "done": ("done", "Measured"),
    "stopped": ("stopped", "Stopped"),
}


def value(kind: MetricKind, number: float, signed: bool = False) -> str:
    """
    >>> value(KINDS["bleu"], 48.5308), value(KINDS["f1"], -0.25, True)
    ('48.53', '−0.2500')
    """
    if not math.isfinite(number):
        return "–"
    text = f"{number:{'+' if signed else ''}.{2 if kind.scale == 100 else 4}f}"
    return text.replace("-", MINUS)


def progress_html(board: Board) -> str:
    asked = board.asked
    state, headline = _STATES[board.state]
    if board.loading:
        headline = f"Loading {board.loading}"
    numbers = [count_of(len(asked.predictions), "prediction")]
    numbers += [f"{len(board.rows)} of {count_of(len(asked.metrics), 'metric')}"]
    return status_line(state, headline, numbers)


def board_html(board: Board, chosen: str) -> str:
    """A row for each metric; the chosen one is explained below."""
    if not board.rows:
        return ""
    titles = _TWO if board.asked.against else _ONE
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(_row(name, row, name == chosen, len(titles) - 1) for name, row in board.rows.items())
    title = f"{count_of(len(board.rows), 'metric')} of {count_of(len(board.asked.predictions), 'prediction')}"
    return table(title, heads, body, "gw-metrics-board") + _legend(board)


def explained_html(found: Measured) -> str:
    """How the figure came about."""
    kind = KINDS[found.metric]
    better = "Higher is better." if kind.higher_is_better else "Lower is better."
    counts = "".join(map(count_html, found.counts))
    facts = f'<dl class="gw-metrics-counts">{counts}</dl>' if counts else ""
    note = f'<p class="gw-rag-note">{escape(found.note)}</p>' if found.note else ""
    return (
        f'<article class="gw-metrics-whole"><h4>{escape(kind.title)} <b>{value(kind, found.value)}</b></h4>'
        f'<p>{escape(kind.about)} <span class="gw-muted">{better}</span></p>'
        f'<p class="gw-metrics-formula">{escape(found.formula)}</p>{facts}{note}'
        f'<p class="gw-metrics-signature"><span>Signature</span> <code>{escape(found.signature)}</code></p>'
        "</article>"
    )


def pairs_html(board: Board, found: Measured, page: int, opened: int) -> str:
    """One page of the pairs, by the chosen metric."""
    kind, count = KINDS[found.metric], len(found.pairs)
    pages = -(-count // PAGE)
    page = min(max(0, page), pages - 1)
    heads = f'<th scope="col">#</th><th scope="col">Prediction</th><th scope="col">{escape(kind.title)}</th>'
    places = range(page * PAGE, min(count, (page + 1) * PAGE))
    body = "".join(_pair(board, found, place, place == opened) for place in places)
    listed = table(f"{count_of(count, 'prediction')}, one by one", heads, body, "gw-metrics-pairs")
    return listed + (_pager(page, pages) if pages > 1 else "")


def _row(name: str, row: Measured | str, current: bool, width: int) -> str:
    kind = KINDS[name]
    arrow = "↑" if kind.higher_is_better else "↓"
    sign = f'<span class="gw-muted" title="{"higher" if arrow == "↑" else "lower"} is better">{arrow}</span>'
    mark = ' aria-current="true"' if current else ""
    if not isinstance(row, Measured):
        head = f'<th scope="row">{escape(kind.title)} {sign}</th>'
        return f'<tr>{head}<td colspan="{width}" class="gw-metrics-failed">⚠ {escape(row)}</td></tr>'
    button = f'<button type="button" class="gw-found-link" data-metric="{name}">{escape(kind.title)}</button>'
    cells = [f"<b>{value(kind, row.value)}</b>"]
    if row.compared:
        cells += _against(kind, row.compared)
    elif width == len(_ONE) - 1:
        cells += [_ends(kind, row.low, row.high)]
    else:
        cells += ["–"] * (width - 1)
    return f'<tr{mark}><th scope="row">{button} {sign}</th>{"".join(f"<td>{one}</td>" for one in cells)}</tr>'


def _against(kind: MetricKind, found: SystemsCompared) -> list[str]:
    """In words also, where one is better beyond what chance gives."""
    sure = found.p_value < _SURE and found.difference
    up = (found.difference > 0) == kind.higher_is_better
    verdict = ("▲ better", "better") if up else ("▼ worse", "worse")
    sign, style = verdict if sure else ("≈ unclear", "unclear")
    return [
        value(kind, found.second),
        f'{value(kind, found.difference, True)} <small class="gw-found-{style}">{sign}</small>',
        _ends(kind, found.low, found.high, True),
        p_value(found.p_value),
    ]


def _ends(kind: MetricKind, low: float | None, high: float | None, signed: bool = False) -> str:
    return "–" if low is None else f"{value(kind, low, signed)} to {value(kind, high, signed)}"


def _legend(board: Board) -> str:
    if not board.asked.against:
        return '<p class="gw-muted gw-found-legend">The interval by the bootstrap over predictions.</p>'
    test = "paired bootstrap" if board.asked.test == BOOTSTRAP else "approximate randomisation"
    count = len(board.asked.predictions)
    few = (
        f" Of {count} pairs the interval, and the bootstrap’s p, come out too small." if count < _FEW else ""
    )
    return (
        '<p class="gw-muted gw-found-legend">Second minus first on the same references; p by '
        f"{test}, {board.asked.samples:,} samples, the interval by the bootstrap.{few} Several metrics are "
        "several chances to be misled: one p just below 0.05 among many says little.</p>"
    )


def count_html(count: Count) -> str:
    number = f"{count.value:,.4g}" if count.value != int(count.value) else f"{count.value:,.0f}"
    if count.of is None:
        return f"<div><dt>{escape(count.name)}</dt><dd>{number}</dd></div>"
    share = count.value / count.of if count.of else 0.0
    bar = f'<i class="gw-metrics-share" style="--share: {100 * share:.1f}%" aria-hidden="true"></i>'
    told = f"{number} of {count.of:,.0f} <small>{100 * share:.1f} %</small>"
    return f"<div><dt>{escape(count.name)}</dt><dd>{told}{bar}</dd></div>"


def _pair(board: Board, found: Measured, place: int, current: bool) -> str:
    text = clipped(board.asked.predictions[place]) or "(empty)"
    told = escape(text) if found.pairs[place].alignment is None else _button(place, text)
    mark = ' aria-current="true"' if current else ""
    figure = value(KINDS[found.metric], found.pairs[place].value)
    return f"<tr{mark}><td>{place + 1:,}</td><th scope='row'>{told}</th><td>{figure}</td></tr>"


def _button(place: int, text: str) -> str:
    return f'<button type="button" class="gw-found-link" data-pair="{place}">{text_html(text)}</button>'


def _pager(page: int, pages: int) -> str:
    back, on = (" disabled" if page == 0 else ""), (" disabled" if page + 1 == pages else "")
    return (
        f'<div class="gw-found-pager"><button type="button" data-page="{page - 1}"{back}>Earlier</button>'
        f"<span>{page + 1:,} of {pages:,}</span>"
        f'<button type="button" data-page="{page + 1}"{on}>Later</button></div>'
    )
