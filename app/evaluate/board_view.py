"""The leaderboard as a table: models down, tasks as they were put across, a figure with its standard error in
each cell. Pure; all text is escaped here.
"""

from collections.abc import Collection
from html import escape

from app.evaluate import words
from app.prompt_lab.words import table
from pipelines.evaluation.records import Figure, Metric
from pipelines.evaluation.results.board import Board, Column, Row
from pipelines.evaluation.results.records import Result

LEADING = ""  # of each task its own leading metric
EMPTY = (
    '<div class="gw-job gw-job-empty"><p>Nothing is evaluated yet. Start a run under Benchmarks: it takes '
    "seconds with what comes with the app, and its figures then stand here beside those of every other "
    "model.</p></div>"
)
_NONE = '<p class="gw-muted">No result is of these tasks.</p>'
_LEGEND = (
    '<p class="gw-muted gw-found-legend">± is one standard error, the line on a bar its 95 % interval. '
    '<b class="gw-found-front">◆</b> the best of a column; whether by more than luck, a comparison says. '
    "Choose a figure to read its items, a heading to sort.</p>"
)


def narrowed(board: Board, tasks: Collection[str]) -> tuple[Column, ...]:
    """The columns of these tasks; all where none is named."""
    return tuple(one for one in board.columns if not tasks or one.task in tasks)


def metrics_of(board: Board) -> list[str]:
    return list(dict.fromkeys(metric.name for column in board.columns for metric in column.metrics))


def results_of(board: Board) -> list[Result]:
    """Column after column, by the rows' order."""
    found = (row.results.get(column.setup) for column in board.columns for row in board.rows)
    return [one for one in found if one]


def board_html(board: Board, tasks: Collection[str] = (), metric: str = LEADING, opened: str = "") -> str:
    """``opened`` is the key of the result that is looked at."""
    if not board.rows:
        return EMPTY
    columns = narrowed(board, tasks)
    rows = [row for row in board.rows if any(column.setup in row.results for column in columns)]
    if not rows:
        return _NONE
    best = {column.setup: _best(rows, column, metric) for column in columns}
    heads = _head("Model", "", "text") + "".join(_column(one, metric) for one in columns)
    body = "".join(
        f'<tr><th scope="row">{escape(row.model)}</th>'
        + "".join(_cell(row, column, metric, best[column.setup], opened) for column in columns)
        + "</tr>"
        for row in rows
    )
    return table("Leaderboard", heads, body, "gw-found-cells gw-eval-board") + _LEGEND


def metric_in(column: Column, name: str) -> Metric | None:
    if name == LEADING:
        return column.metric
    return next((one for one in column.metrics if one.name == name), None)


def _column(column: Column, name: str) -> str:
    metric = metric_in(column, name)
    told = words.metric_html(metric) if metric else "–"
    setup = words.setup_words(column.settings, column.count)
    below = f"{told} · {escape(setup)}" if setup else told
    order = "most" if metric is None or metric.higher_is_better else "least"
    return _head(column.title, below, order)


def _head(title: str, below: str, order: str) -> str:
    small = f"<small>{below}</small>" if below else ""
    return (
        f'<th scope="col" aria-sort="none"><button type="button" data-sort="{order}">{escape(title)}'
        f'<i aria-hidden="true"></i></button>{small}</th>'
    )


def _cell(row: Row, column: Column, name: str, best: float | None, opened: str) -> str:
    result, metric = row.results.get(column.setup), metric_in(column, name)
    figure = _figure(result, metric)
    if result is None or metric is None or figure is None:
        return '<td data-value="" class="gw-muted">–</td>'
    few = f"{result.count:,} of {result.wanted:,} items: the run was stopped"
    part = "" if result.whole else f' <small title="{few}">⚠ {result.count:,} of {result.wanted:,}</small>'
    first = ' <b class="gw-found-front" title="the best of this column">◆</b>' * (figure.value == best)
    here = ' aria-current="true"' if result.key == opened else ""
    return (
        f'<td data-value="{figure.value:.9g}"><button type="button" data-item="{escape(result.key)}"{here}>'
        f"{words.figure_html(figure, metric, bar=True)}</button>{first}{part}</td>"
    )


def _best(rows: list[Row], column: Column, name: str) -> float | None:
    """Of two models and more."""
    metric = metric_in(column, name)
    found = [_figure(row.results.get(column.setup), metric) for row in rows]
    values = [one.value for one in found if one is not None]
    if metric is None or len(values) < 2:
        return None
    return max(values) if metric.higher_is_better else min(values)


def _figure(result: Result | None, metric: Metric | None) -> Figure | None:
    return result.figure(metric.name) if result and metric else None
