"""The items of a result by pages, with another model's outcomes beside them where two are compared. Pure; all
text is escaped here.
"""

from html import escape

from app.evaluate.outcome_view import value_words
from app.pager import pager_html
from app.prompt_lab import words
from pipelines.evaluation.records import Outcome
from pipelines.evaluation.results.browsing import Browsed, Shown, judged_by
from pipelines.evaluation.results.records import Result

PAGE = 20
_MOST = 140  # characters of a prompt in the list
FILTERS = {"all": "All", "right": "Right", "wrong": "Wrong", "differ": "Where the two differ"}
_NOTHING = '<p class="gw-muted">No item is like that.</p>'
_LEGEND = " ".join(
    f'<span class="{style}">{sign}</span> {word}' for sign, word, style in (words.RIGHT, words.WRONG)
)


def items_html(found: Browsed, opened: int | None) -> str:
    """``opened`` is the place of the item that is shown whole."""
    if not found.items:
        return _NOTHING
    heads = ['<th scope="col">Item</th>', '<th scope="col">Wanted</th>']
    heads += [_head("First", found.result)] + ([_head("Second", found.other)] if found.other else [])
    body = "".join(_row(one, found, one.place == opened) for one in found.items)
    whole = found.result.count
    title = f"{found.total:,} of {whole:,} items" if found.total < whole else f"{whole:,} items"
    legend = f'<p class="gw-muted gw-found-legend">{_LEGEND}. Choose an item to see what was scored.</p>'
    drawn = words.table(title, "".join(heads), body, "gw-found-items gw-eval-items")
    pager = pager_html(found.start // PAGE, -(-found.total // PAGE))
    return drawn + pager + (legend if judged_by(found.result) else "")


def filters_of(result: Result, paired: bool) -> list[tuple[str, str]]:
    """(title, name) of those that can be asked of it."""
    names = ["all", *(("right", "wrong") if judged_by(result) else ()), *(("differ",) if paired else ())]
    return [(FILTERS[name], name) for name in names]


def _head(title: str, result: Result | None) -> str:
    return f'<th scope="col" title="{escape(result.model if result else "")}">{title}</th>'


def _row(one: Shown, found: Browsed, opened: bool) -> str:
    here = ' aria-current="true"' if opened else ""
    part = f" <small>{escape(one.outcome.part)}</small>" if one.outcome.part else ""
    button = (
        f'<button type="button" class="gw-found-item" data-item="{one.place}">'
        f"{escape(asked_words(one.outcome))}</button>{part}"
    )
    cells = _mark(one.outcome, one.right, found.result)
    cells += _mark(one.other, one.other_right, found.result) if found.other else ""
    wanted = escape(words.clipped(one.outcome.wanted, 60))
    return f'<tr{here}><th scope="row">{button}</th><td>{wanted}</td>{cells}</tr>'


def asked_words(outcome: Outcome) -> str:
    """The end of the prompt, which is the item's own; of one without a prompt, its first option."""
    text = " ".join((outcome.prompt or next((one.text for one in outcome.options), outcome.id)).split())
    return text if len(text) <= _MOST else f"… {text[2 - _MOST :].partition(' ')[2]}"


def _mark(outcome: Outcome | None, right: bool | None, result: Result) -> str:
    if outcome is None:
        return f"<td>{words.mark_html(words.WAITING)}</td>"
    if right is None:
        return f"<td>{value_words(outcome, result)}</td>"
    return f"<td>{words.mark_html(words.RIGHT if right else words.WRONG)}</td>"
