"""From results to the lab's plots."""

from collections.abc import Sequence
from typing import Any

from app.figures.prompt_lab import Line, Spot, calibration_figure, front_figure, lines_figure
from app.prompt_lab import words
from app.prompt_lab.cells_view import Row
from pipelines.prompting.measures.fewer_draws import fewer_draws
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.learning_curve import CurvePoint
from pipelines.prompting.measures.votes import Calibration


def tokens_figure(rows: Sequence[Row]) -> Any:
    known = [row for row in rows if row.point]
    spots = [
        _spot(row, row.point.tokens, f"{row.point.tokens:,.0f} tokens", row.point.best_for_tokens)
        for row in known
    ]
    return front_figure(spots, "tokens an item, prompts and answers")


def seconds_figure(rows: Sequence[Row]) -> Any:
    known = [row for row in rows if row.point]
    spots = [
        _spot(row, row.point.seconds, words.seconds(row.point.seconds), row.point.best_for_seconds)
        for row in known
    ]
    return front_figure(spots, "time an item", " s")


def votes_figure(found: Calibration) -> Any:
    """A spot a bin, its number of items beside it."""
    return calibration_figure(
        [
            Spot(
                one.share,
                one.accuracy.share,
                one.accuracy.low,
                one.accuracy.high,
                str(one.accuracy.count),
                f"{one.accuracy.count} items, winner with {words.percent(one.share)} of the votes: "
                f"{words.percent(one.accuracy.share)} right",
            )
            for one in found.bins
            if one.accuracy.count
        ]
    )


def draws_figure(cells: Sequence[tuple[int, Cell]]) -> Any:
    """Accuracy of a vote among fewer draws, a line for each (number, cell) that votes."""
    lines = []
    for number, cell in cells:
        spots = [
            Spot(
                one.draws,
                one.accuracy.mean,
                _or(one.accuracy.low, one.accuracy.mean),
                _or(one.accuracy.high, one.accuracy.mean),
                told=f"{number} {cell.name}: {words.percent(one.accuracy.mean)} with {one.draws} draws",
            )
            for one in fewer_draws(cell.items)
        ]
        lines.append(Line(f"{number} {cell.name}", tuple(spots)))
    return lines_figure(lines, "draws that vote")


def curve_figure(points: Sequence[CurvePoint]) -> Any:
    """Accuracy over the number of examples, a line for each kind of labels."""
    lines: dict[str, list[Spot]] = {}
    for one in points:
        told = f"{one.shots} examples, {one.labels} answers: {words.percent(one.accuracy.share)}"
        spot = Spot(one.shots, one.accuracy.share, one.accuracy.low, one.accuracy.high, told=told)
        lines.setdefault(one.labels, []).append(spot)
    drawn = [Line(f"{name} answers", tuple(spots)) for name, spots in lines.items()]
    return lines_figure(drawn, "examples in the prompt")


def _spot(row: Row, x: float, shown: str, front: bool) -> Spot:
    one = row.point.accuracy
    told = (
        f"{row.number} {row.cell.name}: {words.percent(one.share)} right "
        f"({words.interval(one.low, one.high)}), {shown}"
    )
    return Spot(x, one.share, one.low, one.high, str(row.number), told, front)


def _or(value: float, other: float) -> float:
    return value if value == value else other
