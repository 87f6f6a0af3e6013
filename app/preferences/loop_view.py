"""The loop as a table: pairs → check → trained → voted on again. Pure; titles are escaped here."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from app.preferences.results_view import empty_html
from app.preferences.words import pairs_of, span
from app.tokenizer.chips import count_of
from pipelines.preferences.measures.loop import LoopRow, Trained
from pipelines.preferences.measures.winning import WinRate

_NOTHING = (
    "Pairs are collected, checked and trained on; then people vote again, blind, between the base and what "
    "was trained. Each round has a row here."
)
_NONE = '<span class="gw-muted">–</span>'


@dataclass(frozen=True)
class Step:
    """``look`` counts what the quality report asks to look at; ``revote`` is the id of the round in which the
    run was voted on, empty where it was not."""

    row: LoopRow
    look: int
    revote: str = ""


def loop_html(steps: Sequence[Step]) -> str:
    if not steps:
        return empty_html("The loop", _NOTHING)
    titles = ("Round", "Collected", "Checked", "Trained", "Voted on again")
    heads = "".join(f'<th scope="col">{one}</th>' for one in titles)
    rows = "".join(map(_row, steps))
    return (
        f'<section class="gw-pref-table gw-pref-loop-table"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table></section>"
    )


def _row(step: Step) -> str:
    row = step.row
    agreed = f"<small>α {row.agreement:.2f}</small>" if row.agreement is not None else ""
    people = f"{row.annotators} annotator{'' if row.annotators == 1 else 's'}"
    collected = (
        f"<b>{pairs_of(row.pairs)}</b><small>{row.decided:,} decided, {count_of(row.votes, 'vote')}, "
        f"{people}</small>{agreed}"
    )
    checked = _NONE
    if row.votes:
        words = f"! {count_of(step.look, 'thing')} to look at" if step.look else "✓ nothing to look at"
        checked = _open(row.round, "results", words)
    trained = _trained(row.trained) + _open(row.round, "train", "Runs" if row.trained else "Train on these")
    voted = _won("people", row.people) + _won("judge", row.judge)
    voted += _open(step.revote, "results", "Its results") if step.revote else ""
    cells = "".join(f"<td>{one or _NONE}</td>" for one in (collected, checked, trained, voted))
    return f'<tr><th scope="row">{_open(row.round, "collect", row.title)}</th>{cells}</tr>'


def _trained(trained: Trained | None) -> str:
    """Amber, as what comes after is everywhere."""
    if trained is None:
        return ""
    forgot = ""
    if trained.forgetting is not None:
        change = round(100 * trained.forgetting, 1) + 0.0  # no minus before a zero
        forgot = f"<small>perplexity on other text {change:+.1f} %</small>"
    return (
        f'<b class="gw-pref-after">{escape(trained.kind)}</b> {escape(trained.state)}<small><code>'
        f"{escape(trained.model)}</code></small>{forgot}"
    )


def _won(who: str, rate: WinRate | None) -> str:
    if rate is None or rate.share is None:
        return ""
    longer = f", {rate.lengths.change:+.0f} words" if rate.lengths else ""
    return (
        f"<b>{100 * rate.share:.0f} %</b> by {who}<small>{span(rate.low, rate.high)} of "
        f"{rate.count:,}{longer}</small>"
    )


def _open(round_id: str, view: str, words: str) -> str:
    return (
        f'<button type="button" data-does="open" data-round="{escape(round_id)}" data-view="{view}">'
        f"{escape(words)}</button>"
    )
