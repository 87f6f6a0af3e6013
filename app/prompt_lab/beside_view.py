"""Two runs beside each other: how often each strategy was right then and now. Where a cell of both had the
same items they are compared item by item; else each has its own interval."""

from html import escape

from app import units
from app.prompt_lab import words
from pipelines.jobs.service import Job
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.measures.accuracy import share
from pipelines.prompting.measures.comparison import UNCLEAR, compare
from pipelines.prompting.measures.graded import Cell

HINT = '<p class="gw-muted">Choose another run to lay beside this one.</p>'


def beside_html(here: tuple[Job, Results], there: tuple[Job, Results], rule: str) -> str:
    """``there`` is the earlier or other one (before), ``here`` the one that is shown (after)."""
    (job, results), (other_job, other) = here, there
    same = _asked(results) == _asked(other)
    models = len({*results.spec.models, *other.spec.models}) > 1
    before = {_key(other, n): cell for n, cell in enumerate(other.cells) if cell.items}
    after = {_key(results, n): cell for n, cell in enumerate(results.cells) if cell.items}
    keys = [*dict.fromkeys([*after, *before])]
    if not keys:
        return '<p class="gw-muted">Neither has an answer yet.</p>'
    heads = '<th scope="col">Strategy</th>'
    heads += f'<th scope="col" class="gw-before">{_head(other_job)}</th>'
    heads += f'<th scope="col" class="gw-after">{_head(job)}</th>'
    heads += '<th scope="col">Change</th>'
    body = "".join(
        _row(key[: 4 if models else 3], before.get(key), after.get(key), same, rule) for key in keys
    )
    told = (
        "Both asked the same items: changes are compared item by item (exact McNemar)."
        if same
        else "They asked different items: hold the intervals against each other, not the figures alone."
    )
    return words.table("Two runs", heads, body) + f'<p class="gw-muted gw-found-legend">{told}</p>'


def _key(results: Results, number: int) -> tuple[str, str, str, str]:
    """What a cell is, whatever its place in its grid."""
    place, spec = list(results.spec.cells())[number], results.spec
    strategy = spec.strategies[place.strategy]
    prompt = f"prompt {place.prompt + 1}" if len(spec.prompts) > 1 else ""
    decoding = f"decoding {place.decoding + 1}" if len(spec.decodings) > 1 else ""
    return strategy.called, prompt, decoding, place.model


def _asked(results: Results) -> dict[str, str]:
    return {item.id: item.question for item in results.items}


def _head(job: Job) -> str:
    return f"{escape(job.title)} <small>{units.moment(job.created)}</small>"


def _row(key: tuple[str, ...], before: Cell | None, after: Cell | None, same: bool, rule: str) -> str:
    strategy, *rest = key
    under = escape(" · ".join(filter(None, rest)))
    cells = "".join(f"<td>{_share(cell, rule)}</td>" for cell in (before, after))
    change = _change(before, after, same, rule) if before and after else "–"
    return f'<tr><th scope="row">{escape(strategy)} <small>{under}</small></th>{cells}<td>{change}</td></tr>'


def _share(cell: Cell | None, rule: str) -> str:
    return "–" if cell is None or rule not in cell.items[0].marks else words.share_html(share(cell, rule))


def _change(before: Cell, after: Cell, same: bool, rule: str) -> str:
    wanted = {one.item: one.wanted for one in before.items}
    if any(rule not in cell.items[0].marks for cell in (before, after)):
        return "–"
    if not same or {one.item: one.wanted for one in after.items} != wanted:
        gap = share(after, rule).share - share(before, rule).share
        return f"{words.points(gap)} points <small>other items</small>"
    found = compare(before, after, rule)
    sure = "" if found.verdict != UNCLEAR else " <small>not told apart</small>"
    gap = found.paired
    return f"<b>{words.points(gap.difference)}</b> points, p {words.p_value(gap.p_value)}{sure}"
