"""All figures of results: of a run as it goes, and of one result with its parts. Pure; all text is escaped
here.
"""

from html import escape

from app import units
from app.evaluate import words
from app.prompt_lab.before_view import note_html
from app.prompt_lab.words import seconds, table
from pipelines.evaluation.results.records import Figures, Result
from pipelines.evaluation.results.under_way import Progressed

HINT = '<p class="gw-muted">Choose a figure of the table, or a result here, to see all of it.</p>'


def progressed_html(found: Progressed) -> str:
    """A row a model and task, in the order in which they are asked."""
    heads = "".join(f'<th scope="col">{name}</th>' for name in ("Model", "Task", "Figures", "Items"))
    rows = (_row(one, found.failed.get(at, "")) for at, one in enumerate(found.results))
    return table("What the run has found", heads, "".join(rows), "gw-eval-found")


def result_html(result: Result) -> str:
    """Every metric with its standard error, how it was got, and each part."""
    setup = words.setup_words(result.settings, result.count)
    facts = [f"<code>{escape(result.model)}</code>", f"<b>{escape(result.title)}</b>", escape(setup)]
    facts += [seconds(result.seconds)] if result.seconds else []
    facts += [units.moment(result.created)] if result.created else []
    told = "".join(f"<span>{one}</span>" for one in facts if one)
    few = "" if result.whole else note_html(_few(result))
    return f'<div class="gw-found-note">{told}</div>{few}{_listed(result)}{_parts(result)}'


def _row(result: Result, failed: str) -> str:
    name = escape(result.title)
    title = f"{name} <small>{escape(words.setup_words(result.settings, 0))}</small>"
    if failed:
        figures = f'<span class="gw-found-failed">⚠ {escape(failed)}</span>'
    elif not result.figures:
        figures = '<span class="gw-muted">waits for its turn</span>'
    else:
        figures = _inline(result)
        if result.key:
            figures += (
                f' <button type="button" class="gw-found-link" data-item="{escape(result.key)}">look</button>'
            )
    items = f"{result.count:,}" if result.whole else f"{result.count:,} of {result.wanted:,}"
    return (
        f'<tr><th scope="row">{escape(result.model)}</th><td>{title}</td><td>{figures}</td>'
        f"<td>{items if result.wanted else '–'}</td></tr>"
    )


def _inline(result: Result) -> str:
    told = (
        f"<span>{words.metric_html(metric)} {words.figure_html(figure, metric)}</span>"
        for metric in result.metrics
        if (figure := result.figure(metric.name))
    )
    return " · ".join(told)


def _listed(result: Result) -> str:
    told = "".join(
        f"<div><dt>{words.metric_html(metric)}</dt>"
        f"<dd>{words.figure_html(result.figure(metric.name), metric)}</dd></div>"
        for metric in result.metrics
        if result.figure(metric.name)
    )
    return f'<dl class="gw-found-facts">{told}</dl>'


def _parts(result: Result) -> str:
    """The worst first, by the leading metric."""
    if not result.parts:
        return ""
    heads = '<th scope="col">Part</th>' + "".join(
        f'<th scope="col">{words.metric_html(metric)}</th>' for metric in result.metrics
    )
    sign = 1 if result.metric.higher_is_better else -1
    ordered = sorted(result.parts.items(), key=lambda one: sign * (one[1][0].value if one[1] else 0.0))
    body = "".join(_part(name, figures, result) for name, figures in ordered)
    alike = "each counts alike" if result.even else "by their sizes"
    drawn = table(f"{len(ordered)} parts, {alike}", heads, body, "gw-eval-parts")
    return f'<details class="gw-eval-fold" data-key="parts"><summary>Parts</summary>{drawn}</details>'


def _part(name: str, figures: Figures, result: Result) -> str:
    by_name = {one.metric: one for one in figures}
    cells = "".join(
        f"<td>{words.figure_html(by_name.get(metric.name), metric)}</td>" for metric in result.metrics
    )
    return f'<tr><th scope="row">{escape(name)}</th>{cells}</tr>'


def _few(result: Result) -> str:
    return (
        f"Of {result.count:,} items of {result.wanted:,}: the run was stopped before it had asked the others."
    )
