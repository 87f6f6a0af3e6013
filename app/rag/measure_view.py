"""What a run has found as tables: each configuration with its intervals, the differences from a baseline, and
where questions failed. Pure; all text is escaped here.
"""

from collections.abc import Sequence
from html import escape
from math import nan

from app.prompt_lab import words
from app.rag import measure_told
from app.rag.measure_presets import told
from app.rag.measure_run import Board
from app.status_line import status_line
from pipelines.rag.measuring.comparing import BETTER, UNCLEAR, WORSE, Difference, Estimate, Row
from pipelines.rag.measuring.failing import WORDS, Failure
from pipelines.rag.measuring.scores import BY_NAME

HINT = (
    '<p class="gw-hint">Make or bring questions, choose configurations, and press <b>Measure</b>: how often '
    "each finds the passage, how sure that is, and at which stage a question failed then stand here.</p>"
)
_SIGNS = {BETTER: "▲ better", WORSE: "▼ worse", UNCLEAR: "≈ unclear"}
_FAILED = {
    Failure.GONE: "No longer there",
    Failure.CHUNKING: "Never in one chunk",
    Failure.CANDIDATES: "Not among the candidates",
    Failure.RANKING: "Ranked too low",
    Failure.FUSION: "Lost in the fusion",
    Failure.MMR: "Lost to MMR",
    Failure.RERANK: "Lost in reranking",
    Failure.PROMPT: "Not in the prompt",
    Failure.ABSTAINED: "Said not to be there",
    Failure.ANSWER: "Answered wrongly",
    Failure.ERROR: "Error",
}


def short(failure: str) -> str:
    """A stage of failing in a word or two."""
    return _FAILED[Failure(failure)]


def counted(number: int, word: str) -> str:
    """
    >>> counted(1, "question"), counted(1200, "question")
    ('1 question', '1,200 questions')
    """
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def progress_html(board: Board) -> str:
    """The status line of a run."""
    numbers = [f"{board.done:,} of {board.total:,} searches", words.seconds(board.seconds)]
    numbers += [f"{board.kept:,} known from before"] if board.kept else []
    headline = {"running": "Measuring", "done": "Measured", "stopped": "Stopped"}[board.state]
    return status_line(
        {"running": "writing", "stopped": "stopped"}.get(board.state, "done"), headline, numbers
    )


def table_html(board: Board) -> str:
    """Every configuration with every metric that there is."""
    names, rows = measure_told.metrics_of(board), measure_told.rows(board)
    if not names:
        return '<p class="gw-muted">No question has a passage or an answer that could be judged.</p>'
    heads = '<th scope="col">Configuration</th>' + "".join(_head(name) for name in names)
    heads += '<th scope="col">Failed</th><th scope="col">Time a search</th>'
    searches = [one.search for one in board.configurations]
    body = "".join(_row(row, told(search), names) for row, search in zip(rows, searches, strict=True))
    legend = (
        '<p class="gw-muted gw-found-legend">In hundredths: means over the questions with 95 % intervals, '
        "Wilson’s for hits and exact matches, a bootstrap for the others. A passage counts when it holds at "
        "least half of the gold text.</p>"
    )
    title = f"{counted(len(board.questions), 'question')}, {counted(len(rows), 'configuration')}"
    return words.table(title, heads, body, "gw-found-cells gw-measure-table") + legend


def differences_html(board: Board, baseline: str, metric: str) -> str:
    """The others against the baseline on the same questions."""
    found = measure_told.differences(board, baseline, metric)
    if not found:
        return '<p class="gw-muted">Two configurations with the same questions are needed.</p>'
    titles = ("Configuration", "Difference", "95 % interval", "Better on", "Worse on", "p, adjusted", "")
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(map(_difference, found))
    test = "McNemar’s exact test" if BY_NAME[metric].binary else "the randomisation test"
    legend = (
        f'<p class="gw-muted gw-found-legend">{escape(BY_NAME[metric].title)}, minus that of '
        f"<b>{escape(baseline)}</b>, question by question; in hundredths. p by {test}, adjusted for "
        f"{counted(len(found), 'comparison')} (Holm).</p>"
    )
    return words.table(f"Against {baseline}", heads, body, "gw-measure-table") + legend


def failures_html(board: Board) -> str:
    """How many questions failed at which stage."""
    rows = measure_told.rows(board)
    stages = [one for one in Failure if any(row.failed.get(one.value) for row in rows)]
    if not stages:
        return '<p class="gw-muted">No question has failed.</p>'
    heads = '<th scope="col">Stage</th>' + "".join(f'<th scope="col">{escape(row.name)}</th>' for row in rows)
    body = "".join(_stage(stage, rows) for stage in stages)
    return words.table("Where questions failed", heads, body, "gw-measure-table gw-measure-stages")


def _head(name: str) -> str:
    one = BY_NAME[name]
    return f'<th scope="col" title="{escape(one.help)}">{escape(one.title)}</th>'


def _row(row: Row, settings: str, names: Sequence[str]) -> str:
    cells = "".join(_estimate(row.estimates.get(name), name in ("hit", "em")) for name in names)
    failed = f"{sum(row.failed.values()):,} <small>of {row.done:,}</small>"
    time = words.seconds(nan if row.seconds is None else row.seconds)
    head = f'<th scope="row">{escape(row.name)} <small>{escape(settings)}</small></th>'
    return f"<tr>{head}{cells}<td>{failed}</td><td>{time}</td></tr>"


def _estimate(one: Estimate | None, chief: bool) -> str:
    """With a bar under a share, over which a line goes from one end of the interval to the other."""
    if one is None or one.mean is None:
        return '<td class="gw-muted">–</td>'
    ends = "" if one.low is None else f" <small>{100 * one.low:.0f} to {100 * one.high:.0f}</small>"
    bar = ""
    if chief and one.low is not None:
        places = f"--share: {100 * one.mean:.1f}%; --low: {100 * one.low:.1f}%; --high: {100 * one.high:.1f}%"
        bar = f'<i class="gw-found-bar" style="{places}" aria-hidden="true"></i>'
    asked = counted(one.count, "question")
    return f'<td title="{asked}"><span><b>{100 * one.mean:.1f}</b>{ends}</span>{bar}</td>'


def _difference(one: Difference) -> str:
    ends = "–" if one.low is None else f"{words.points(one.low)} to {words.points(one.high)}"
    cells = (
        f"<b>{words.points(one.mean)}</b>",
        ends,
        f"{one.wins:,} <small>of {one.count:,}</small>",
        f"{one.losses:,}",
        words.p_value(one.adjusted),
        f'<span class="gw-found-{one.verdict}">{_SIGNS[one.verdict]}</span>',
    )
    return f'<tr><th scope="row">{escape(one.name)}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _stage(stage: Failure, rows: Sequence[Row]) -> str:
    head = f'<th scope="row">{_FAILED[stage]} <small>{escape(WORDS[stage])}</small></th>'
    counts = "".join(f"<td>{row.failed.get(stage.value, 0) or '–'}</td>" for row in rows)
    return f"<tr>{head}{counts}</tr>"
