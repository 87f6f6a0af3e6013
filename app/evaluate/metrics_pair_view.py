"""One pair of texts as a metric saw it: which units counted and how, step by step or token against token.
Pure; all text is escaped here.
"""

from collections.abc import Iterator
from html import escape
from itertools import islice

import numpy as np

from app.evaluate.metrics_view import count_html, value
from app.prompt_lab.words import text_html
from app.tokenizer.glyphs import glyphs_html
from pipelines.evaluation.metrics.answers import Alignment, Marked, Measured, Pair
from pipelines.evaluation.metrics.specs import KINDS

HINT = '<p class="gw-muted">Choose a prediction to see which of its words count.</p>'
NOT_SHOWN = '<p class="gw-muted">The first 50 predictions are shown word by word.</p>'
_STEPS = ("ter", "edit_distance")
_NUMBERED = ("bleu", "self_bleu", "chrf", "rouge1", "rouge2")
_LINKED = ("meteor",)
_MOST = 400  # units of a text, or steps
_SIGNS = {"exact": "", "stem": "≈", "synonym": "∼", "repeated": "↻", "special": ""}
_LEGENDS = {
    "bleu": "The number at a word is the length of the longest n-gram around it that the other text has.",
    "self_bleu": "The number at a word is the length of the longest n-gram around it that another text has.",
    "chrf": "The number at a character is the length of the longest run around it that the other text has.",
    "rouge1": "Words with a mark are in both texts.",
    "rouge2": "Words with a mark stand in a pair that both texts have.",
    "rougeL": "Words with a line under them make the longest common run, in this order.",
    "rougeLsum": "Words with a line under them make a longest common run of the whole texts.",
    "meteor": "Equal numbers are matched words; ≈ by their stem, ∼ as synonyms.",
    "ter": "Above the prediction with its words moved, below the reference: = kept, ≠ substituted, + extra, "
    "− missing.",
    "edit_distance": "Above the prediction, below the reference: = kept, ≠ substituted, + extra, − missing.",
    "bertscore": "Cosines of the tokens’ vectors. Framed: the nearest to one of the prediction, in its row; "
    "with a dot: the nearest to one of the reference, in its column. What opens and closes a text has no "
    "weight.",
    "exact_match": "Both texts as they are compared.",
    "f1": "Words with a line under them are in both texts.",
    "distinct": "↻ marks words of an n-gram that occurs more than once, here or in another text.",
}  # fmt: skip


def pair_html(found: Measured, place: int) -> str:
    """A hint where nothing is chosen or nothing is known of it."""
    if not 0 <= place < len(found.pairs):
        return HINT
    pair = found.pairs[place]
    if pair.alignment is None:
        return NOT_SHOWN
    kind, legend = KINDS[found.metric], escape(_LEGENDS[found.metric])
    head = f"<h4>Prediction {place + 1:,} <b>{value(kind, pair.value)}</b></h4>"
    body = _body(found.metric, pair.alignment)
    return (
        f'<article class="gw-metrics-pair">{head}{body}<p class="gw-muted gw-found-legend">{legend}</p>'
        f"{_counts(pair)}</article>"
    )


def _body(metric: str, shown: Alignment) -> str:
    if shown.similarity is not None:
        return _heat(shown)
    if metric in _STEPS:
        return _steps(shown)
    return _sides(metric, shown)


def _counts(pair: Pair) -> str:
    counts = "".join(map(count_html, pair.counts))
    return f'<dl class="gw-metrics-counts">{counts}</dl>' if counts else ""


# Both texts, each unit with how it counted.


def _sides(metric: str, shown: Alignment) -> str:
    numbers: tuple[dict[int, int], dict[int, int]] = ({}, {})
    if metric in _LINKED:
        for number, (at, there, _) in enumerate(shown.links, start=1):
            numbers[0][at], numbers[1][there] = number, number
    said = _side("Prediction", shown.prediction, metric, numbers[0], shown.joint)
    if metric == "distinct":
        return said
    name = f"Reference {shown.number + 1}" if shown.number else "Reference"
    name = "The other text nearest in length" if metric == "self_bleu" else name
    return said + _side(name, shown.reference, metric, numbers[1], shown.joint)


def _side(name: str, marked: Marked, metric: str, numbers: dict[int, int], joint: str) -> str:
    units = islice(zip(marked.units, marked.marks, strict=True), _MOST)
    chips = joint.join(_unit(unit, mark, metric, numbers.get(at)) for at, (unit, mark) in enumerate(units))
    chips += _more(len(marked.units))
    style = "gw-metrics-units gw-metrics-letters" if not joint else "gw-metrics-units"
    empty = '<span class="gw-muted">(empty)</span>'
    return f'<section><h5>{name}</h5><p class="{style}">{chips or empty}</p></section>'


def _more(count: int) -> str:
    return f' <span class="gw-muted">… and {count - _MOST:,} more</span>' if count > _MOST else ""


def _unit(unit: str, mark: str, metric: str, number: int | None) -> str:
    text = glyphs_html(unit) or "&nbsp;"
    if not mark:
        return f'<span class="gw-metrics-unit">{text}</span>'
    if metric in _NUMBERED:
        level = min(6, int(mark))
        where = f'data-level="{level}" title="in a matched run of {mark}"'
        return f'<span class="gw-metrics-unit" {where}>{text}<sup>{mark}</sup></span>'
    sign = f"{number if number else ''}{_SIGNS.get(mark, '')}"
    small = f"<sup>{sign}</sup>" if sign else ""
    where = f'data-mark="{escape(mark)}" title="{escape(mark)}"'
    return f'<span class="gw-metrics-unit" {where}>{text}{small}</span>'


# The way from one text to the other.


def _steps(shown: Alignment) -> str:
    steps = list(steps_of(shown))
    columns = "".join(_step(*step) for step in steps[:_MOST]) + _more(len(steps))
    reference = f"reference {shown.number + 1}" if shown.number else "reference"
    empty = '<span class="gw-muted">Both are empty.</span>'
    told = f"From the prediction to the {reference}"
    return f'<div class="gw-metrics-steps" role="group" aria-label="{told}">{columns or empty}</div>'


def steps_of(shown: Alignment) -> Iterator[tuple[str, str, str]]:
    """(unit of the prediction, unit of the reference, how) of each step in order; one of the units is empty
    where there is none."""
    said, wanted = shown.prediction.units, shown.reference.units
    at = there = 0
    for one, two, how in (*shown.links, (len(said), len(wanted), "")):
        yield from ((unit, "", "extra") for unit in said[at:one])
        yield from (("", unit, "missing") for unit in wanted[there:two])
        if how:
            yield said[one], wanted[two], how
        at, there = one + 1, two + 1


def _step(said: str, wanted: str, how: str) -> str:
    sign = {"exact": "=", "substituted": "≠", "extra": "+", "missing": "−"}[how]
    above, below = (glyphs_html(one) or "&nbsp;" for one in (said, wanted))
    return f'<span data-mark="{how}" title="{how}"><b>{above}</b><i>{sign}</i><b>{below}</b></span>'


# Token against token.


def _heat(shown: Alignment) -> str:
    cosines = shown.similarity
    rows, columns = cosines.argmax(1), cosines.argmax(0)
    heads = "".join(f'<th scope="col"><span>{_token(unit)}</span></th>' for unit in shown.reference.units)
    body = "".join(
        f'<tr><th scope="row">{_token(unit)}</th>{_cells(cosines[at], at, rows[at], columns)}</tr>'
        for at, unit in enumerate(shown.prediction.units)
    )
    caption = "Cosines: the prediction's tokens down, the reference's across"
    return (
        f'<div class="gw-metrics-heat" role="region" tabindex="0" aria-label="{caption}"><table>'
        f"<thead><tr><td></td>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(cosines: np.ndarray, row: int, nearest: int, columns: np.ndarray) -> str:
    cells = []
    for place, cosine in enumerate(cosines):
        level = int(min(7, max(0, 8 * cosine)))
        style = " gw-nearest" if place == nearest else ""
        style += " gw-nearest-across" if columns[place] == row else ""
        shown = f"{cosine:.2f}".replace("0.", ".", 1)
        cells.append(f'<td class="gw-heat-{level}{style}">{shown}</td>')
    return "".join(cells)


def _token(unit: str) -> str:
    return text_html(unit)
