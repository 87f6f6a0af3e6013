"""Two cells on the same items: the difference, how sure it is, and the items on which they part."""

from collections.abc import Sequence
from html import escape

from app.prompt_lab import words
from pipelines.core.errors import SpecError
from pipelines.prompting.lab.summary import Results, pairs
from pipelines.prompting.measures.comparison import BETTER, UNCLEAR, WORSE, Comparison

HINT = '<p class="gw-muted">Two cells with items are needed.</p>'
_MOST_SHOWN = 50  # items that differ
_SAID = {
    BETTER: "is right more often",
    WORSE: "is right less often",
    UNCLEAR: "cannot be told apart from the first",
}


def pair_of(results: Results, first: int, second: int, rule: str) -> Comparison | None:
    """Of two cells by their numbers (from 1); None where they share no item. The p-value is adjusted for this
    pair alone."""
    cells = results.cells
    if not (1 <= first <= len(cells) and 1 <= second <= len(cells)) or first == second:
        raise SpecError("pair", (first, second), f"two different cells of 1 to {len(cells)}")
    found = pairs([cells[first - 1], cells[second - 1]], rule)
    return found[0] if found else None


def pair_html(results: Results, numbers: tuple[int, int], rule: str) -> str:
    found = pair_of(results, *numbers, rule)
    if found is None:
        return HINT
    one, two = (f"{words.number_html(n)} {escape(results.cells[n - 1].name)}" for n in numbers)
    gap = found.paired
    facts = (
        ("Difference", f"{words.points(gap.difference)} points"),
        ("95 % interval", f"{words.points(gap.low)} to {words.points(gap.high)}"),
        ("Exact McNemar p", words.p_value(gap.p_value)),
        ("Only the first right", f"{gap.only_first:,}"),
        ("Only the second right", f"{gap.only_second:,}"),
        ("Items of both", f"{found.items:,}"),
    )
    listed = "".join(f"<div><dt>{name}</dt><dd>{value}</dd></div>" for name, value in facts)
    verdict = f'<p class="gw-found-verdict">{two} <b>{_SAID[found.verdict]}</b> {_than(found, one)}.</p>'
    return f'{verdict}<dl class="gw-found-facts">{listed}</dl>{_differing(results, found)}'


def pairs_html(results: Results, rule: str) -> str:
    """Every pair; their p-values are adjusted for the number of pairs."""
    found = pairs(results.cells, rule)
    if not found:
        return HINT
    number = {cell.name: at for at, cell in enumerate(results.cells, 1)}
    titles = (
        "First",
        "Second",
        "Difference",
        "95 % interval",
        "p, adjusted (Holm)",
        "The second",
        "Items that differ",
    )
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(_pair_row(one, number) for one in sorted(found, key=lambda one: one.adjusted))
    return words.table(f"All {len(found)} pairs, the surest first", heads, body)


def _pair_row(one: Comparison, number: dict[str, int]) -> str:
    names = (f"{words.number_html(number[name])} {escape(name)}" for name in (one.first, one.second))
    gap, sign = one.paired, {BETTER: "▲ better", WORSE: "▼ worse", UNCLEAR: "≈ unclear"}[one.verdict]
    cells = (
        *names,
        words.points(gap.difference),
        f"{words.points(gap.low)} to {words.points(gap.high)}",
        words.p_value(one.adjusted),
        f'<span class="gw-found-{one.verdict}">{sign}</span>',
        f"{gap.only_first + gap.only_second:,}",
    )
    both = f"{number[one.first]},{number[one.second]}"
    button = f'<button type="button" class="gw-found-link" data-pair="{both}">show</button>'
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells[:-1])}<td>{cells[-1]} {button}</td></tr>"


def _than(found: Comparison, one: str) -> str:
    if found.verdict == UNCLEAR:
        return f"({one}) on these items"
    return f"than {one}"


def _differing(results: Results, found: Comparison) -> str:
    if not found.differences:
        return '<p class="gw-muted">They are right and wrong on the same items.</p>'
    questions = {item.id: item.question for item in results.items}
    heads = "".join(f'<th scope="col">{title}</th>' for title in ("Item", "Wanted", "First", "Second"))
    body = "".join(
        f'<tr><th scope="row">{item_button(one.item, questions[one.item])}</th><td>{escape(one.wanted)}</td>'
        f"{_answer(one.first, one.right == found.first)}{_answer(one.second, one.right == found.second)}</tr>"
        for one in found.differences[:_MOST_SHOWN]
    )
    left = len(found.differences) - _MOST_SHOWN
    more = f'<p class="gw-muted">And {left:,} more: the download has them all.</p>' if left > 0 else ""
    return words.table("Items on which one alone is right", heads, body, "gw-found-differ") + more


def item_button(item: str, question: str) -> str:
    """Opens the item's trace."""
    told = escape(words.clipped(question))
    return f'<button type="button" class="gw-found-item" data-item="{escape(item)}">{told}</button>'


def _answer(answer: str | None, right: bool) -> str:
    mark = words.RIGHT if right else words.UNREAD if answer is None else words.WRONG
    shown = "" if answer is None else escape(words.clipped(answer, 80))
    return f"<td>{words.mark_html(mark)} {shown}</td>"


def numbered(results: Results) -> Sequence[tuple[str, int]]:
    """The cells for a chooser: words and number."""
    return [(f"{number} {cell.name}", number) for number, cell in enumerate(results.cells, 1)]
