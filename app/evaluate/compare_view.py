"""Two models on the same items: the difference by each metric, and how sure it is. Pure; all text is escaped
here.
"""

from html import escape

from app.evaluate import words
from app.prompt_lab.words import p_value, table
from pipelines.evaluation.results.comparing import Compared, Difference
from pipelines.evaluation.results.figures import PERPLEXITY

HINT = '<p class="gw-muted">Choose a second result of the same task to compare with.</p>'
_TITLES = ("Metric", "First", "Second", "Difference", "95 % interval", "p", "Better on", "The second")


def compared_html(found: Compared) -> str:
    heads = "".join(f'<th scope="col">{title}</th>' for title in _TITLES)
    body = "".join(map(_row, found.differences))
    verdict = f'<p class="gw-found-verdict">{_verdict(found)}</p>' if found.differences else ""
    tests = ", ".join(dict.fromkeys(f"{escape(one.test)}" for one in found.differences))
    told = f"p-values: {tests}, two-sided, on the same items.{_alone(found)}"
    legend = f'<p class="gw-muted gw-found-legend">{told}</p>'
    title = f"The second less the first, on {found.count:,} items"
    return verdict + table(title, heads, body, "gw-eval-compared") + legend


def _verdict(found: Compared) -> str:
    """By the leading metric."""
    one = found.differences[0]
    first, second = (f"<code>{escape(result.model)}</code>" for result in (found.first, found.second))
    name = escape(one.metric.name)
    if not one.claimed:
        return f"By {name}, {second} and {first} <b>cannot be told apart</b> on these {one.count:,} items."
    word = "better" if _is_better(one) else "worse"
    by = words.gap(_unit(one), one.difference) + (" points" if one.metric.share else "")
    return f"By {name}, {second} is <b>{word}</b> than {first}: {by} ({_p(one.p_value)})."


def _p(value: float) -> str:
    """
    >>> _p(0.0312), _p(0.0)
    ('p = 0.031', 'p < 0.001')
    """
    told = p_value(value)
    return f"p {told}" if told.startswith("<") else f"p = {told}"


def _row(one: Difference) -> str:
    unit = _unit(one)
    ends = f"{words.gap(unit, one.low)} to {words.gap(unit, one.high)}"
    cells = (
        words.value(unit, one.first),
        words.value(unit, one.second),
        f"<b>{words.gap(unit, one.difference)}</b>",
        ends,
        p_value(one.p_value),
        f"{one.wins:,} <small>worse on {one.losses:,}</small>",
        _sign(one),
    )
    metric = words.metric_html(one.metric)
    metric += " <small>log-likelihood, nats</small>" if one.metric.pooled == PERPLEXITY else ""
    return f'<tr><th scope="row">{metric}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _sign(one: Difference) -> str:
    if not one.claimed:
        return '<span class="gw-found-unclear">≈ unclear</span>'
    if _is_better(one):
        return '<span class="gw-found-better">▲ better</span>'
    return '<span class="gw-found-worse">▼ worse</span>'


def _is_better(one: Difference) -> bool:
    upwards = one.metric.higher_is_better or one.metric.pooled == PERPLEXITY  # then of log-likelihoods
    return (one.difference > 0) is upwards


def _unit(one: Difference) -> words.Metric:
    """That of the compared values: of a perplexity, its items' log-likelihoods."""
    return words.Metric(one.metric.name, "", share=one.metric.share and one.metric.pooled != PERPLEXITY)


def _alone(found: Compared) -> str:
    both = (("first", found.only_first), ("second", found.only_second))
    told = [
        f" {count:,} items were asked of the {who} alone and count nowhere." for who, count in both if count
    ]
    return "".join(told)
