"""One item whole: what the models were given, each continuation as it was scored, what was written and how it
was read. Pure; all text is escaped here.
"""

import json
import math
from collections.abc import Sequence
from html import escape

from app.evaluate import words
from app.prompt_lab.words import MINUS, RIGHT, WRONG, mark_html, table, text_html
from pipelines.evaluation.records import Metric, Option, Outcome
from pipelines.evaluation.results.browsing import Browsed, Shown
from pipelines.evaluation.results.records import Result

HINT = '<p class="gw-muted">Choose an item to see what was scored.</p>'
_MOST = 20_000  # characters of a text
_TITLES = ("Continuation", "Of the options", "Log-prob", "a character", "Tokens")


def outcome_html(found: Browsed, one: Shown) -> str:
    """The item once, then each model's answers beside each other."""
    sides = [_side(found.result, one.outcome, one.right)]
    if found.other and one.other:
        sides.append(_side(found.other, one.other, one.other_right))
    wanted = f"<p>Wanted: <b>{text_html(one.outcome.wanted[:_MOST])}</b></p>" if one.outcome.wanted else ""
    row = json.dumps(dict(one.kept.fields), ensure_ascii=False, indent=1)
    return (
        f'<article class="gw-eval-item"><header><h4>Item {escape(one.outcome.id)}</h4>{_part(one.outcome)}'
        f"</header>{_prompt(one.outcome)}{wanted}"
        f'<div class="gw-eval-sides">{"".join(sides)}</div>{_fold("The row as published", row)}</article>'
    )


def value_words(outcome: Outcome, result: Result) -> str:
    """The leading metric of one item, as a number."""
    value = outcome.values.get(result.metric.name)
    return "–" if value is None else words.value(_of_item(result.metric), value)


def shares(options: Sequence[Option]) -> list[float]:
    """What each option has of the probability of all: the softmax of their log-probabilities.

    >>> two = Option("a", -1.0, 1, True, True), Option("b", -2.0, 1, False, False)
    >>> [round(one, 3) for one in shares(two)]
    [0.731, 0.269]
    """
    most = max((one.log_prob for one in options), default=0.0)
    if not math.isfinite(most):
        return [math.nan] * len(options)
    weights = [math.exp(one.log_prob - most) for one in options]
    return [one / sum(weights) for one in weights]


def _side(result: Result, outcome: Outcome, right: bool | None) -> str:
    mark = "" if right is None else mark_html(RIGHT if right else WRONG)
    told = " · ".join(
        f"{escape(metric.name)} {words.value(_of_item(metric), outcome.values[metric.name])}"
        for metric in result.metrics
        if metric.name in outcome.values
    )
    inside = _options(outcome.options) + "".join(map(_text, outcome.texts)) + _read(outcome)
    cut = outcome.details.get("cut")
    if cut:
        inside += f'<p class="gw-muted">The model had no room for the first {cut:,} tokens.</p>'
    rest = {name: value for name, value in outcome.details.items() if name != "cut"}
    inside += _fold("Details", json.dumps(rest, ensure_ascii=False, indent=1)) if rest else ""
    return (
        f"<section><h5>{mark} <code>{escape(result.model)}</code></h5>"
        f'<p class="gw-muted">{told}</p>{inside}</section>'
    )


def _options(options: Sequence[Option]) -> str:
    """The wanted one has a tick, the likeliest is what the model chose."""
    if not options:
        return ""
    heads = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    likeliest = max(range(len(options)), key=lambda at: options[at].log_prob)
    body = "".join(
        _option(one, share, at == likeliest)
        for at, (one, share) in enumerate(zip(options, shares(options), strict=True))
    )
    return table("Scored continuations", heads, body, "gw-eval-options")


def _option(one: Option, share: float, likeliest: bool) -> str:
    sign = '<b class="gw-found-right" title="wanted">✓</b> ' if one.wanted else ""
    chosen = ' <small title="the likeliest">◉ chosen</small>' if likeliest else ""
    bar = "" if math.isnan(share) else f'<i class="gw-eval-share" style="--share: {100 * share:.1f}%"></i>'
    cells = (
        f"{words.value(_SHARE, share)}{bar}",
        _nats(one.log_prob),
        _nats(one.log_prob / max(1, len(one.text))),
        f"{one.tokens:,}",
    )
    told = f'{sign}<span class="gw-found-text">{text_html(one.text[:_MOST])}</span>{chosen}'
    return f'<tr><th scope="row">{told}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _nats(value: float) -> str:
    return "–" if not math.isfinite(value) else f"{value:.3f}".replace("-", MINUS)


def _prompt(outcome: Outcome) -> str:
    if not outcome.prompt:
        return '<p class="gw-muted">No text stands before: the continuations are whole texts.</p>'
    return f'<pre class="gw-ask-text" tabindex="0">{text_html(outcome.prompt[-_MOST:])}</pre>'


def _text(text: str) -> str:
    return f'<pre class="gw-ask-text" tabindex="0">{text_html(text[:_MOST])}</pre>'


def _read(outcome: Outcome) -> str:
    """What each filter took from what was written."""
    told = "".join(
        f"<div><dt>{escape(name)}</dt><dd><code>{text_html(text[:_MOST])}</code></dd></div>"
        for name, text in outcome.read.items()
    )
    return f'<dl class="gw-eval-read">{told}</dl>' if told else ""


def _part(outcome: Outcome) -> str:
    return f"<small>{escape(outcome.part)}</small>" if outcome.part else ""


def _fold(title: str, text: str) -> str:
    inside = f'<pre class="gw-ask-text" tabindex="0">{text_html(text[:_MOST])}</pre>'
    return f'<details class="gw-eval-fold" data-key="{title}"><summary>{title}</summary>{inside}</details>'


_SHARE = Metric("share", "")


def _of_item(metric: Metric) -> Metric:
    """An item's own value is 0 or 1, or a plain number."""
    return Metric(metric.name, "", share=False)
