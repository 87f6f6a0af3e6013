"""Every item with how each cell fared on it, filtered and by pages; an item opens its trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from app.pager import pager_html
from app.prompt_lab import words
from app.prompt_lab.pairs_view import item_button
from pipelines.prompting.calls import Item
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.measures.graded import Graded

PAGE = 25
FILTERS = {
    "all": "All",
    "wrong": "Wrong somewhere",
    "never": "Right nowhere",
    "differ": "Right here, wrong there",
    "unread": "No answer found",
    "failed": "Failed",
}
_MOST_TYPED = 200  # characters of a search


@dataclass(frozen=True)
class Line:
    """``graded`` is by cell, None where the cell has not asked this item yet."""

    item: Item
    graded: tuple[Graded | None, ...]


def lines_of(results: Results) -> list[Line]:
    by_cell: list[Mapping[str, Graded]] = [{one.item: one for one in cell.items} for cell in results.cells]
    return [Line(item, tuple(cell.get(item.id) for cell in by_cell)) for item in results.items]


def chosen(lines: Sequence[Line], wanted: str, typed: str, rule: str) -> list[Line]:
    """Those that the filter keeps and whose question, answer or id holds what was typed."""
    text = str(typed or "").strip()[:_MOST_TYPED].casefold()
    kept = [line for line in lines if _keeps(wanted, [one for one in line.graded if one], rule)]
    return [line for line in kept if text in _searched(line.item)] if text else kept


def _keeps(wanted: str, asked: Sequence[Graded], rule: str) -> bool:
    rights = [one.right(rule) for one in asked]
    return {
        "wrong": not all(rights),
        "never": bool(rights) and not any(rights),
        "differ": any(rights) and not all(rights),
        "unread": any(one.marks[rule].answer is None and not one.error for one in asked),
        "failed": any(one.error for one in asked),
    }.get(wanted, True)


def _searched(item: Item) -> str:
    return f"{item.id}\n{item.question}\n{item.answer}".casefold()


def items_html(lines: Sequence[Line], page: int, rule: str, of: int, opened: str = "") -> str:
    """A page (from 0; beyond the last one the last) of ``of`` items."""
    if not lines:
        return '<p class="gw-muted">No item is like that.</p>'
    pages = -(-len(lines) // PAGE)
    page = min(max(0, page), pages - 1)
    shown = lines[page * PAGE : (page + 1) * PAGE]
    numbers = range(1, len(lines[0].graded) + 1)
    heads = '<th scope="col">Item</th><th scope="col">Wanted</th>'
    heads += "".join(f'<th scope="col">{words.number_html(number)}</th>' for number in numbers)
    body = "".join(_row(line, rule, opened) for line in shown)
    title = f"{len(lines):,} of {of:,} items" if len(lines) < of else f"{of:,} items"
    signs = (words.RIGHT, words.WRONG, words.UNREAD, words.FAILED)
    legend = " ".join(f'<span class="{style}">{sign}</span> {word}' for sign, word, style in signs)
    legend += ". Choose an item to read every call that was made."
    return (
        words.table(title, heads, body, "gw-found-items")
        + pager_html(page, pages)
        + f'<p class="gw-muted gw-found-legend">{legend}</p>'
    )


def _row(line: Line, rule: str, opened: str) -> str:
    marks = "".join(
        f"<td>{words.mark_html(words.mark_of(one, rule), _read(one, rule))}</td>" for one in line.graded
    )
    head = f'<th scope="row">{item_button(line.item.id, line.item.question)}</th>'
    here = ' aria-current="true"' if line.item.id == opened else ""
    return f"<tr{here}>{head}<td>{escape(words.clipped(line.item.answer, 60))}</td>{marks}</tr>"


def _read(one: Graded | None, rule: str) -> str:
    if one is None:
        return ""
    return words.clipped(one.error or one.marks[rule].answer or "", 100)
