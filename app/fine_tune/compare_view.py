"""The tables and figures of a comparison of methods: what each would take, and what came of each. Everything
that a person or a job wrote is escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from app import units
from app.compare.views import swatch
from app.figures.methods import Point, Scale, Ticks, methods_figure
from app.fine_tune.compare_methods import Planned
from app.fine_tune.compare_results import (
    COSTS,
    LOWER,
    MEASURES,
    Outcome,
    best_of,
    measured,
    value_of,
)
from app.job_panel.badges import badge_html
from pipelines.jobs.states import JobState

EMPTY = (
    '<div class="gw-job gw-job-empty"><p>No comparison yet. Tick two methods or more and start: each '
    "becomes a job on the form's data, with the same split, seed and steps, and a point in three figures "
    "here.</p></div>"
)
NOTHING_TICKED = '<p class="gw-muted">Tick two methods or more to see what each would take.</p>'
_UNKNOWN = "known once the job has fetched the model"
_COST_FORMS = {"trainable": units.short, "memory": units.size, "seconds": units.duration}
_COST_HEADS = {"trainable": "Trained", "memory": "Memory at the peak", "seconds": "Time of training"}
_HINTS = {
    JobState.QUEUED: "waits for its turn",
    JobState.PAUSED: "rests at a checkpoint; resume it in Jobs & models",
    JobState.INTERRUPTED: "the process ended without a word; resume it in Jobs & models",
    JobState.CANCELLED: "cancelled",
    JobState.FAILED: "failed; its log says more",
}


def planned_html(planned: Sequence[Planned]) -> str:
    """What each method takes, or why it cannot be done."""
    rows = "".join(map(_planned_row, planned))
    heads = "".join(f'<th scope="col">{head}</th>' for head in _PLANNED)
    out = sum(one.spec is None for one in planned)
    told = f" {out} of {len(planned)} cannot be done and would be left out." if out else ""
    return f'{_table("What each would take", heads, rows)}<p class="gw-muted">{_ESTIMATES}{told}</p>'


_PLANNED = ("Method", "Learning rate", "Trained", "Memory", "Time")
_ESTIMATES = "Estimates, as under the Start button; each job measures its first step and then knows better."


def note_html(outcomes: Sequence[Outcome], measure: str) -> str:
    """What one should know before believing the picture."""
    done = [one for one in outcomes if one.state is JobState.SUCCEEDED]
    waiting = sum(one.waits for one in outcomes)
    lines = [f"{len(done)} of {len(outcomes)} done{f', {waiting} to go' if waiting else ''}."]
    if done:
        better = "lower" if measure in LOWER else "higher"
        lines.append(
            f"Quality is the {MEASURES[measure]} of the kept checkpoint on the same held-out rows; {better} "
            "is better. It is one seed a method: near figures may change places with another one."
        )
        lines.append(
            "Memory is the measured peak while training, beyond what the process held before the model; time "
            "includes measuring and checkpoints."
        )
    return f'<ul class="gw-notices">{"".join(f"<li>{escape(line)}</li>" for line in lines)}</ul>'


def outcomes_html(outcomes: Sequence[Outcome], measure: str) -> str:
    """A row a method with its state, figures and reason; the best of a column is marked in words."""
    names = measured(outcomes, measure) or [measure]
    before = (
        [f"{MEASURES[measure].capitalize()} before"] if any(measure in o.before for o in outcomes) else []
    )
    heads = ["Method", "Learning rate", *(MEASURES[n].capitalize() for n in names), *before]
    heads += [*_COST_HEADS.values(), "State"]
    cells = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    rows = "".join(_outcome_row(one, outcomes, names, measure if before else "") for one in outcomes)
    return _table("Methods compared", cells, rows)


def figures(outcomes: Sequence[Outcome], measure: str) -> dict[str, Any]:
    """Cost → figure: the chief measure over trained numbers (logarithmic), memory and seconds."""
    before = _before(outcomes, measure)
    return {
        cost: methods_figure(
            [point for one in outcomes if (point := _point(one, cost, measure))],
            Scale(title, MEASURES[measure], cost == "trainable", _ticks(cost, measure), before),
        )
        for cost, title in COSTS.items()
    }


def measure_text(name: str, value: float | None) -> str:
    """A loss with its decimals, a share as per cent.

    >>> measure_text("loss", 1.23456), measure_text("macro_f1", 0.8125), measure_text("f1", None)
    ('1.2346', '81.2 %', '–')
    """
    if value is None:
        return "–"
    return f"{value:.4f}" if name == "loss" else f"{value:.2f}" if name in LOWER else f"{100 * value:.1f} %"


def _before(outcomes: Sequence[Outcome], measure: str) -> float | None:
    """Where the untuned model stands, where all methods begin there: not with a new head, which each task of
    an encoder starts at random, nor beside a base in 4 bits."""
    if measure not in LOWER:
        return None
    found = [one.before[measure] for one in outcomes if measure in one.before]
    return found[0] if len({round(value, 2) for value in found}) == 1 else None


def _point(one: Outcome, cost: str, measure: str) -> Point | None:
    x, y = value_of(one, cost), one.measures.get(measure)
    if x is None or y is None:
        return None
    told = f"{COSTS[cost].partition(' (')[0]}: {_COST_FORMS[cost](x)}"
    return Point(one.letter, one.label, x, y, told, f"{MEASURES[measure]}: {measure_text(measure, y)}")


def _ticks(cost: str, measure: str) -> Ticks:
    return Ticks("~g" if measure in LOWER else ".0%", "B" if cost == "memory" else "")


def _planned_row(one: Planned) -> str:
    head = f'<th scope="row">{swatch(one.letter)} {escape(one.variant.label)}</th>'
    if one.spec is None:
        return f'<tr>{head}<td colspan="4" class="gw-left-out"><b>✗</b> {escape(one.reason)}</td></tr>'
    rate = f"<td>{escape(_rate(one.spec.learning_rate))}</td>"
    made = one.footprint
    if made is None:
        return f'<tr>{head}{rate}<td colspan="3">{_UNKNOWN}</td></tr>'
    trained = f"{units.short(made.trainable)} <small>{made.percent:.3g} %</small>"
    time = f"about {units.duration(made.seconds)}" if made.seconds else "not known yet"
    return f"<tr>{head}{rate}<td>{trained}</td><td>{units.size(made.memory_bytes)}</td><td>{time}</td></tr>"


def _outcome_row(one: Outcome, outcomes: Sequence[Outcome], names: Sequence[str], before: str) -> str:
    cells = [f"<td>{escape(_rate(one.learning_rate))}</td>"]
    cells += [_cell(measure_text(n, one.measures.get(n)), _is_best(one, outcomes, n), n) for n in names]
    cells += [f"<td>{measure_text(before, one.before.get(before))}</td>"] if before else []
    cells += [_cost_cell(one, outcomes, cost) for cost in COSTS]
    head = f'<th scope="row">{swatch(one.letter)} {escape(one.label)}{_link(one)}</th>'
    return f"<tr>{head}{''.join(cells)}<td>{_state(one)}</td></tr>"


def _cost_cell(one: Outcome, outcomes: Sequence[Outcome], cost: str) -> str:
    value = value_of(one, cost)
    text = "–" if value is None else _COST_FORMS[cost](value)
    if cost == "trainable" and one.percent is not None:
        share = f" <small>{one.percent:.3g} %</small>"
        return _cell(text, _is_best(one, outcomes, cost), cost, share)
    return _cell(text, _is_best(one, outcomes, cost), cost)


def _cell(text: str, best: bool, name: str, more: str = "") -> str:
    if not best:
        return f"<td>{escape(text)}{more}</td>"
    word = "least" if name in COSTS else "lowest" if name in LOWER else "highest"
    return f'<td class="gw-best"><b>{escape(text)}</b>{more} <small>{word}</small></td>'


def _is_best(one: Outcome, outcomes: Sequence[Outcome], name: str) -> bool:
    value = value_of(one, name)
    return value is not None and value == best_of(outcomes, name)


def _state(one: Outcome) -> str:
    if one.state is None:
        return f'<span class="gw-left-out"><b>✗</b> {escape(one.reason)}</span>'
    words = one.reason or _HINTS.get(one.state, "")
    if one.state.live and one.total:
        words = f"step {one.step:,} of {one.total:,}"
    return badge_html(one.state) + (f"<p>{escape(words)}</p>" if words else "")


def _link(one: Outcome) -> str:
    if not one.job_id:
        return ""
    where = f"./?tab=fine-tune&amp;job={escape(one.job_id)}"
    return f' <a href="{where}" aria-label="Open the job of {escape(one.label)}">open</a>'


def _rate(value: Any) -> str:
    return f"{value:g}" if isinstance(value, (int, float)) else "–"


def _table(title: str, heads: str, body: str) -> str:
    return (
        f'<div class="gw-beside gw-methods" role="region" aria-label="{escape(title)}" tabindex="0"><table>'
        f"<caption>{escape(title)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )
