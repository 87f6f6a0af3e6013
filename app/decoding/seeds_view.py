"""Strategies over many seeds as a table: a row each, and in every cell the distribution of one measure on the
scale of its column, with the mean and its interval. Text is escaped here; no Gradio.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from app.attention.pieces import table_html
from app.decoding.board import settings_shown
from app.decoding.seeds import Seeds
from app.figures.strips import Scale, scale_of, strip_svg
from app.tokenizer.chips import count_of, hint_html
from pipelines.common.intervals import Interval
from pipelines.generation.comparing import DecodeRequest
from pipelines.generation.strategy import Strategy


@dataclass(frozen=True)
class _Measure:
    """``told`` explains the head; ``shown`` writes a value."""

    head: str
    told: str
    shown: Callable[[float], str]


def _three(value: float) -> str:
    """Three digits: 1.24, 12.4, 1,240"""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"


_MEASURES = {
    "perplexity": _Measure(
        "Perplexity", "Of the text under the model itself, per token: low is what it expects.", _three
    ),
    "judge_perplexity": _Measure(
        "Judge’s perplexity", "Of the text under the second model, per token of its own.", _three
    ),
    "distinct_2": _Measure("Distinct-2", "Part of the pairs of tokens that differ from each other.", _share),
    "repetition": _Measure("Repetition", "Part of the runs of 4 tokens that occurred before.", _share),
    "tokens": _Measure("Length", "Tokens of the text, an end token included.", _three),
}
_DECLARED = Strategy()
_BLEU = "BLEU-4 of each text against the others of its row, mean: 100 where all are the same."


def empty_html() -> str:
    return hint_html(
        "Generate first. Then each strategy can be run again over many seeds here: one text is luck, a "
        "distribution is the strategy."
    )


def ready_html(request: DecodeRequest) -> str:
    """A comparison stands there and nothing was measured yet."""
    if not any(one.draws for one in request.strategies):
        return hint_html(
            "No strategy of this comparison draws: each writes the same text for every seed. Add one that "
            "does, or turn Draw on in one."
        )
    return hint_html(
        "Measure over seeds: every strategy that draws writes so many texts from the same prompt, each with "
        "other noise; the others write one. Then their measures stand here as distributions."
    )


def seeds_html(seeds: Seeds) -> str:
    scales = {name: scale_of(_all(seeds, name)) for name in seeds.measures}
    heads = ["Strategy", *(_head(_MEASURES[name], scales[name]) for name in seeds.measures), _plain_head()]
    rows = [_row(seeds, column, scales) for column in range(len(seeds.request.strategies))]
    table = table_html("Measures over seeds", heads, rows, "gw-seeds-table")
    return f'<div class="gw-seeds">{table}{_note(seeds)}</div>'


def _all(seeds: Seeds, name: str) -> list[float]:
    columns = range(len(seeds.request.strategies))
    return [float(value) for column in columns for value in seeds.values(column, name)]


def _head(measure: _Measure, scale: Scale | None) -> str:
    """With the ends of the column's scale."""
    ends = ""
    if scale:
        log = "<i>log</i>" if scale.log else ""
        ends = (
            f'<span class="gw-seeds-scale" aria-hidden="true"><span>{measure.shown(scale.low)}</span>{log}'
            f"<span>{measure.shown(scale.high)}</span></span>"
        )
    return f'<span title="{escape(measure.told)}">{escape(measure.head)}</span>{ends}'


def _plain_head() -> str:
    return f'<span title="{escape(_BLEU)}">Self-BLEU</span>'


def _row(seeds: Seeds, column: int, scales: dict[str, Scale | None]) -> str:
    one = seeds.request.strategies[column]
    cells = "".join(_cell(seeds, column, name, scales[name]) for name in seeds.measures)
    bleu = float(seeds.self_bleu[column])
    return (
        f'<th scope="row">{_name_html(column, one, _said(seeds, column))}</th>{cells}'
        f'<td class="gw-number">{f"{bleu:.1f}" if math.isfinite(bleu) else "–"}</td>'
    )


def _name_html(column: int, one: Strategy, said: str) -> str:
    settings = "".join(f"<small>{escape(words)}</small>" for words in _settings(one))
    return f"<b>{column + 1}</b> {escape(one.kind.title)}{settings}<small>{escape(said)}</small>"


def _said(seeds: Seeds, column: int) -> str:
    if seeds.faults[column]:
        return seeds.faults[column]
    draws = seeds.request.strategies[column].draws
    return count_of(len(seeds.of(column)), "text") if draws else "never draws: the same text for every seed"


def _settings(one: Strategy) -> list[str]:
    """The one that makes the strategy what it is, and those that are not as they are declared."""
    shown = zip(one.effective(), settings_shown(one), strict=True)
    return [
        f"{label} {value}"
        for name, (label, value, _) in shown
        if name in one.kind.own[:1] or getattr(one, name) != getattr(_DECLARED, name)
    ]


def _cell(seeds: Seeds, column: int, name: str, scale: Scale | None) -> str:
    values, found = seeds.values(column, name), seeds.mean(column, name)
    if not found.count or scale is None:
        return "<td>–</td>"
    measure = _MEASURES[name]
    words = f"{measure.head}: {count_of(found.count, 'value')}, mean {_words(found, measure.shown)}"
    return f"<td>{strip_svg(values, scale, found, words)}{_mean_html(found, measure.shown)}</td>"


def _mean_html(found: Interval, shown: Callable[[float], str]) -> str:
    if not math.isfinite(found.low):
        return f"<p><b>{shown(found.mean)}</b></p>"
    ends = "all the same" if found.low == found.high else f"{shown(found.low)} – {shown(found.high)}"
    return f"<p><b>{shown(found.mean)}</b> <small>{ends}</small></p>"


def _words(found: Interval, shown: Callable[[float], str]) -> str:
    if not math.isfinite(found.low):
        return shown(found.mean)
    return f"{shown(found.mean)}, interval {shown(found.low)} to {shown(found.high)}"


def _note(seeds: Seeds) -> str:
    same = (
        "Text n of every strategy was drawn with the same noise, so rows differ by strategy and not by luck. "
        if seeds.request.same_noise
        else ""
    )
    return (
        '<p class="gw-detail-note">A dot is a text. Below the dots stands the mean, then its 95 % interval '
        f"(bootstrap over the texts); all rows of a column have its scale. {same}</p>"
    )
