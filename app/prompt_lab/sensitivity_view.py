"""How much hangs on what should not matter: the place of the right option, the prompt's words and the order
of its examples, the way of drawing."""

from collections.abc import Sequence
from html import escape
from string import ascii_uppercase

from app.prompt_lab import words
from app.prompt_lab.sensitivity import Spread
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.homogeneity import Homogeneity
from pipelines.prompting.measures.positions import Positions


def places_html(found: Sequence[tuple[int, Cell, Positions]]) -> str:
    """Accuracy by the place of the right option, and how often each place is chosen."""
    if not found:
        return ""
    places = max(len(one.by_place) for _, _, one in found)
    letters = "".join(f'<th scope="col">Right at {ascii_uppercase[n]}</th>' for n in range(places))
    heads = f'<th scope="col">Strategy</th>{letters}<th scope="col">Do they differ?</th>'
    body = "".join(_place_row(number, cell, one, places) for number, cell, one in found)
    legend = (
        '<p class="gw-muted gw-found-legend">How often it is right where the right option stands at this '
        "place, and below how often this place is answered. A model that prefers a place is right there "
        "more often.</p>"
    )
    return words.table("Position of the right option", heads, body) + legend


def spreads_html(found: Sequence[Spread]) -> str:
    if not found:
        return ""
    titles = (
        "What stays",
        "What differs",
        "Right",
        "Best minus worst",
        "By chance",
        "Items that change",
        "Do they differ?",
    )
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(map(_spread_row, found))
    legend = (
        '<p class="gw-muted gw-found-legend">On the same items. The best is above the worst by some points '
        "even where nothing matters: by chance says how many on average.</p>"
    )
    return words.table("Spread over prompts and decodings", heads, body) + legend


def _place_row(number: int, cell: Cell, one: Positions, places: int) -> str:
    cells = []
    for at in range(places):
        if at < len(one.by_place) and one.by_place[at].count:
            chosen = f"<small>answered {words.percent(one.chosen[at].share)}</small>"
            cells.append(f"<td>{words.share_html(one.by_place[at])}<br>{chosen}</td>")
        else:
            cells.append("<td>–</td>")
    head = f'<th scope="row">{words.number_html(number)} {escape(cell.name)}</th>'
    return f"<tr>{head}{''.join(cells)}<td>{_test(one.test)}</td></tr>"


def _spread_row(one: Spread) -> str:
    found = one.orders
    shares = "<br>".join(
        f"{escape(name)}: {words.share_html(share)}"
        for name, share in zip(found.names, found.accuracies, strict=True)
    )
    ends = f"{100 * found.low:.1f} to {100 * found.high:.1f} points"
    gap = f"<b>{100 * found.spread:.1f}</b> <small>{ends}</small>"
    cells = (
        f"{len(found.names)} {escape(one.over)}",
        shares,
        gap,
        f"{100 * found.by_chance:.1f} points",
        f"{found.changing.hits:,} of {found.changing.count:,}",
        _test(found.test),
    )
    head = f'<th scope="row">{escape(one.title)}</th>'
    return f"<tr>{head}{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


def _test(found: Homogeneity) -> str:
    if found.p_value != found.p_value:
        return '<span class="gw-muted">not tested</span>'
    word = "yes" if found.p_value < 0.05 else "not shown"
    return f"<b>{word}</b> <small>{escape(found.method)}, p {words.p_value(found.p_value)}</small>"
