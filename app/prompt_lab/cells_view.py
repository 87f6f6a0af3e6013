"""How far a run is, what it says in one sentence, and its cells in a table that any column sorts."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app import units
from app.job_panel.badges import badge_html
from app.prompt_lab import words
from app.prompt_lab.before_view import note_html as notice_html
from app.prompt_lab.found import Found
from pipelines.jobs.states import JobState
from pipelines.prompting.lab.summary import Results, said
from pipelines.prompting.measures.accuracy import Accuracy, accuracy
from pipelines.prompting.measures.cost import Cost, cost
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.pareto import Point, points
from pipelines.prompting.measures.votes import mean_share

EMPTY = (
    '<div class="gw-job gw-job-empty"><p>No run yet. Choose a task, a model and strategies, and start: how '
    "often each is right, what it costs, and every call that was made stand here, also while the run goes "
    "on.</p></div>"
)
_NOT_YET = "Nothing has been answered yet. The first figures come with the first item."
_ENDED = {
    JobState.FAILED: "The run has failed; its log says why. What was answered before stands here.",
    JobState.CANCELLED: "The run was cancelled; what was answered before stands here.",
    JobState.PAUSED: "The run rests; resumed, it asks nothing twice.",
    JobState.INTERRUPTED: "The process ended without a word; resumed, the run asks nothing twice.",
}


@dataclass(frozen=True)
class Row:
    """A cell with its number (from 1) and figures; ``point`` and ``cost`` are None without items."""

    number: int
    cell: Cell
    found: Accuracy
    point: Point | None
    cost: Cost | None
    votes: float | None  # mean share of the winner


def rows_of(results: Results, rule: str) -> list[Row]:
    told = {point.name: point for point in points(results.cells, rule)}
    priced = bool(results.prices.prompt or results.prices.completion)
    return [
        Row(
            number,
            cell,
            accuracy(cell),
            told.get(cell.name),
            cost(cell, results.prices, rule) if priced and cell.items else None,
            mean_share(cell.items),
        )
        for number, cell in enumerate(results.cells, 1)
    ]


def note_html(found: Found) -> str:
    """The run's state, how far it is, and what one should know of a run that did not end well."""
    job, results = found.job, found.results
    facts = [f"<b>{escape(job.title)}</b>", badge_html(job.state)]
    if results is not None:
        done = sum(len(cell.items) for cell in results.cells)
        whole = len(results.items) * len(results.cells)
        facts += [
            f"<span>{_of(done, whole)} answers</span>",
            f"<span>{len(results.items):,} items of {escape(results.spec.task)}</span>",
            f"<span>{units.moment(job.created)}</span>",
        ]
    if found.goes_on and found.status.phase:
        facts.append(f"<span>{escape(found.status.phase)}</span>")
    words_ = _ENDED.get(job.state, "")
    more = f'<p class="gw-muted">{words_}</p>' if words_ else ""
    return f'<div class="gw-found-note">{"".join(facts)}</div>{more}'


def _of(done: int, whole: int) -> str:
    return f"{done:,} of {whole:,}" if done < whole else f"{whole:,}"


def sentence_html(found: Found, rows: Sequence[Row], rule: str) -> str:
    """Computed from the numbers; of a run without the strategies for it, which cell is best."""
    results = found.results
    if results is None or not any(cell.items for cell in results.cells):
        return f'<p class="gw-muted">{_NOT_YET}</p>'
    told = said(results, rule) or _best(rows, rule)
    so_far = '<p class="gw-muted">So far: the run goes on.</p>' if found.goes_on else ""
    strange = "".join(map(notice_html, results.odd))
    return f'<p class="gw-found-sentence">{escape(told)}</p>{so_far}{strange}'


def _best(rows: Sequence[Row], rule: str) -> str:
    asked = [row for row in rows if row.cell.items]
    best = max(asked, key=lambda row: row.found.shares[rule].share)
    share = best.found.shares[rule]
    ends = f"95% interval {100 * share.low:.1f} to {100 * share.high:.1f}"
    who = f"{best.cell.name} is right on {100 * share.share:.1f}% of {share.count:,} items ({ends})"
    others = len(asked) - 1
    return f"{who}, the most of {len(asked)} combinations." if others else f"{who}."


def table_html(results: Results, rows: Sequence[Row], rule: str) -> str:
    rules = [one for one in words.SHORT_RULES if one in results.reading.rules]
    has_cost, has_votes = any(row.cost for row in rows), any(row.votes is not None for row in rows)
    heads = [_head("#", "number"), _head("Strategy", "text")]
    heads += [_head(f"Right, {words.SHORT_RULES[one]}", "most") for one in rules]
    heads += [_head("No answer", "least"), _head("Tokens an item", "least"), _head("Time an item", "least")]
    heads += [_head("Cost of a right one", "least")] if has_cost else []
    heads += [_head("Votes for the winner", "most")] if has_votes else []
    body = "".join(_row(row, rule, rules, has_cost, has_votes, len(results.items)) for row in rows)
    legend = (
        '<p class="gw-muted gw-found-legend">Shares with their 95 % intervals (Wilson). <b>◆</b> on the '
        "front: no other is right as often for less. Choose a heading to sort.</p>"
    )
    return words.table("How often each is right", "".join(heads), body, "gw-found-cells") + legend


def _head(title: str, order: str) -> str:
    """A heading that sorts: ``most`` first, ``least`` first, by text or by number."""
    return (
        f'<th scope="col" aria-sort="none"><button type="button" data-sort="{order}">{escape(title)}'
        '<i aria-hidden="true"></i></button></th>'
    )


def _row(row: Row, rule: str, rules: Sequence[str], has_cost: bool, has_votes: bool, items: int) -> str:
    number = f'<td data-value="{row.number}">{words.number_html(row.number)}</td>'
    part = "" if len(row.cell.items) == items else f" <small>{len(row.cell.items)} of {items}</small>"
    head = f'<th scope="row">{escape(row.cell.name)}{part}</th>'
    if row.point is None:
        columns = len(rules) + 3 + has_cost + has_votes
        return f'<tr>{number}{head}<td colspan="{columns}" class="gw-muted">waits for its turn</td></tr>'
    cells = [_share(row, one, one == rule) for one in rules]
    failed = (
        f' <small class="gw-found-failed">⚠ {row.found.failed} failed</small>' if row.found.failed else ""
    )
    unread = row.found.unread[rule]
    cells.append(_cell(unread, f"{unread:,}{failed}"))
    front = ' <b class="gw-found-front" title="on the front">◆</b>'
    cells.append(_cell(row.point.tokens, f"{row.point.tokens:,.0f}{front * row.point.best_for_tokens}"))
    time = words.seconds(row.point.seconds)
    cells.append(_cell(row.point.seconds, f"{time}{front * row.point.best_for_seconds}"))
    if has_cost:
        each = row.cost.per_right if row.cost else None
        whole = f" <small>{words.money(row.cost.total)} in all</small>" if row.cost else ""
        cells.append(_cell(each, ("–" if each is None else words.money(each)) + whole))
    if has_votes:
        cells.append(_cell(row.votes, "–" if row.votes is None else words.percent(row.votes)))
    return f"<tr>{number}{head}{''.join(cells)}</tr>"


def _share(row: Row, rule: str, chief: bool) -> str:
    found = row.found.shares[rule]
    bar = f'<i class="gw-found-bar" style="--share: {100 * found.share:.1f}%; --low: {100 * found.low:.1f}%; '
    bar += f'--high: {100 * found.high:.1f}%" aria-hidden="true"></i>' if chief else ""
    return _cell(found.share, words.share_html(found) + (bar if chief else ""))


def _cell(value: float | None, html: str) -> str:
    return f'<td data-value="{"" if value is None else f"{value:.9g}"}">{html}</td>'
