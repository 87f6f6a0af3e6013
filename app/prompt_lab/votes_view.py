"""Whether the share of the votes says how likely the winner is right, in numbers."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from app.prompt_lab import words
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.votes import Calibration, calibration


class Voting(NamedTuple):
    """A cell that votes; ``number`` counts all cells from 1."""

    number: int
    cell: Cell
    calibration: Calibration


def voting(results: Results) -> list[Voting]:
    return [
        Voting(number, cell, calibration(cell.items))
        for number, cell in enumerate(results.cells, 1)
        if any(one.votes for one in cell.items)
    ]


def votes_html(cells: Sequence[Voting]) -> str:
    if not cells:
        return ""
    titles = ("Strategy", "Items", "Votes for the winner", "Right", "Calibration error", "Brier score")
    heads = "".join(f'<th scope="col">{title}</th>' for title in titles)
    body = "".join(_row(*one) for one in cells)
    legend = (
        '<p class="gw-muted gw-found-legend">Calibration error: the mean distance of share and accuracy over '
        "ten bins (ECE); Brier score: the mean squared one, item by item. 0 is best for both. In the first "
        f"plot, of {words.number_html(cells[0].number)}, the numbers are items; the second says what a vote "
        "among fewer draws would have given.</p>"
    )
    return words.table("What the votes are worth", heads, body) + legend


def _row(number: int, cell: Cell, found: Calibration) -> str:
    brier = found.brier
    ends = "" if brier.low != brier.low else f" <small>{brier.low:.3f} to {brier.high:.3f}</small>"
    cells = (
        f"{found.items:,}",
        words.percent(found.share),
        words.share_html(found.accuracy),
        f"{found.ece:.3f}",
        f"{brier.mean:.3f}{ends}",
    )
    head = f'<th scope="row">{words.number_html(number)} {escape(cell.name)}</th>'
    return f"<tr>{head}{''.join(f'<td>{one}</td>' for one in cells)}</tr>"
