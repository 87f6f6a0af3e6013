"""What the ways of training on preferences do, and the runs that were trained on a round. Pure; titles and
messages are escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from app import units
from app.preferences.train_data import ANSWERING, KINDS, ONLINE
from pipelines.jobs.states import JobState
from pipelines.training.checks.requests import BLOCKS, Checked

_WAYS = (
    (
        "dpo",
        "DPO",
        "Raises the chosen answer’s probability over the rejected one’s, held near to the base by β.",
    ),
    ("kto", "KTO", "The same from single answers, good or bad: pairs that are both bad teach as well."),
    ("orpo", "ORPO", "Tuning on the chosen answers and preference in one, without a reference."),
    (
        "reward",
        "Reward model",
        "Learns to give an answer a number, for RLOO and GRPO, or to sort answers by.",
    ),
    (
        "grpo",
        "GRPO",
        "The model answers each prompt several times; what got more reward than its group becomes likelier, "
        "measured by the group’s spread. Needs no votes.",
    ),
    (
        "rloo",
        "RLOO",
        "The same, each answer against the mean of the others: without bias, and without the spread, which "
        "favours what is nearly always or never right.",
    ),
)
_WHY = (
    "PPO lets the model answer, asks a reward model what the answer is worth, and makes each token likelier "
    "or rarer by how much better it went than was to be expected. What was to be expected is guessed by a "
    "second network, as large as the model, which must itself be trained well before its guesses help; a "
    "clip keeps each step small.",
    "RLOO and GRPO stand in its place here. An answer gets one reward, at its end, so what was to be "
    "expected is simply the mean reward of other answers to the same prompt: no second network to hold and "
    "to tune, and for models that begin well trained as good or better (Ahmadian et al. 2024). The reward is "
    "a rule that a program checks, or a reward model of your own run. A model finds any way to its reward, "
    "also one that nobody meant: read the answers beside the curves, and hold it near to its base with β.",
)
_ENDED = {JobState.SUCCEEDED: "trained", JobState.FAILED: "failed", JobState.CANCELLED: "cancelled"}


def ways_html(chosen: str = KINDS[0]) -> str:
    """All ways in a sentence each; for those that stand in place of PPO, the reason is open."""
    rows = "".join(
        f"<div{' data-chosen' if kind == chosen else ''}><dt>{title}</dt><dd>{words}</dd></div>"
        for kind, title, words in _WAYS
    )
    why = "".join(f"<p>{words}</p>" for words in _WHY)
    return (
        f'<dl class="gw-pref-ways">{rows}</dl><details class="gw-pref-why"{" open" * (chosen in ONLINE)}>'
        f"<summary>Why there is no PPO here</summary>{why}</details>"
    )


def way_choices() -> list[tuple[str, str]]:
    return [(title, kind) for kind, title, _ in _WAYS]


def words_of(kind: str) -> tuple[str, str, str]:
    """(of the check's button, while it checks, of the start's button)."""
    if kind in ONLINE:
        return "Check the prompts", "Checking the prompts", "Train on rewards"
    return "Check the pairs", "Checking the pairs", "Train on these"


def verdict_words(checked: Checked, noun: str = "rows") -> tuple[str, str, list[str]]:
    """(state, headline, numbers) of the line that stands above the findings."""
    stops = sum(one.level == BLOCKS for one in checked.findings)
    if stops:
        what = "1 finding stops" if stops == 1 else f"{stops} findings stop"
        return "failed", f"{what} the start: see below.", []
    rest = len(checked.findings)
    told = {0: "nothing found", 1: "1 thing to look at"}.get(rest, f"{rest} things to look at")
    return "done", "Checked: it can start", [f"{checked.training:,} {noun} to learn from", told]


def runs_html(jobs: Sequence[Any], revotes: dict[str, Sequence[Any]], others: Sequence[Any] = ()) -> str:
    """The runs trained on a round, newest first, each with its re-votes or a button that begins one; then
    ``others``, which no votes have a part in. ``revotes`` are rounds by the model that stands as b."""
    own = _runs(jobs, revotes) or '<p class="gw-muted">Nothing was trained on this round yet.</p>'
    return own + others_html(others, revotes)


def others_html(jobs: Sequence[Any], revotes: dict[str, Sequence[Any]] | None = None) -> str:
    """Runs on problems that are made, which belong to no round; nothing where there are none."""
    listed = _runs(jobs, revotes or {})
    return f'<p class="gw-pref-step">On problems that are made, of no round</p>{listed}' if jobs else ""


def asked_html(checked: Checked) -> str:
    """The first prompts as the model is asked them, each with the answer that it is measured by."""
    listed = "".join(
        f"<li><q>{escape(''.join(row.tokens))}</q><small>{escape(row.note)}</small></li>"
        for row in checked.preview
    )
    head = '<p class="gw-pref-step">What is asked</p>'
    return f'{head}<ul class="gw-pref-asked">{listed}</ul>' if listed else ""


def _runs(jobs: Sequence[Any], revotes: dict[str, Sequence[Any]]) -> str:
    listed = "".join(_run(one, revotes) for one in jobs)
    return f'<ul class="gw-pref-runs">{listed}</ul>' if jobs else ""


def _run(job: Any, revotes: dict[str, Sequence[Any]]) -> str:
    state = _ENDED.get(job.state, str(job.state.value))
    name = f"run/{job.id}"
    voted = "".join(
        f'<button type="button" data-does="open" data-round="{escape(one.id)}">{escape(one.title)}</button>'
        for one in revotes.get(name, ())
    )
    if job.state is JobState.SUCCEEDED and job.kind in ANSWERING:
        voted += f'<button type="button" data-does="revote" data-job="{escape(job.id)}">Vote on it</button>'
    show = f'<button type="button" data-does="show" data-job="{escape(job.id)}">Show</button>'
    return (
        f'<li data-state="{escape(job.state.value)}"><p><b>{escape(job.title or name)}</b><small>'
        f"{escape(job.kind)} · {escape(state)} · {units.moment(job.created)} · <code>{escape(name)}</code>"
        f"</small></p><span>{show}{voted}</span></li>"
    )
