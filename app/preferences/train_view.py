"""What the ways of training on preferences do, and the runs that were trained on a round. Pure; titles and
messages are escaped here.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from app import units
from app.preferences.train_data import ANSWERING
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
)
_WHY = (
    "PPO needs a reward model and a second network that guesses, at each token, what reward is still to "
    "come. RLOO and GRPO weigh each of several answers to one prompt against the mean of the others instead: "
    "less to hold and to tune, and as good where an answer gets one reward at its end. Both are jobs of "
    "/submit_job, with a reward model or a rule that a program checks."
)
_ENDED = {JobState.SUCCEEDED: "trained", JobState.FAILED: "failed", JobState.CANCELLED: "cancelled"}


def ways_html() -> str:
    rows = "".join(f"<div><dt>{title}</dt><dd>{words}</dd></div>" for _, title, words in _WAYS)
    return (
        f'<dl class="gw-pref-ways">{rows}</dl><details class="gw-pref-why"><summary>Why there is no PPO here'
        f"</summary><p>{_WHY}</p></details>"
    )


def way_choices() -> list[tuple[str, str]]:
    return [(title, kind) for kind, title, _ in _WAYS]


def verdict_words(checked: Checked) -> tuple[str, str, list[str]]:
    """(state, headline, numbers) of the line that stands above the findings."""
    stops = sum(one.level == BLOCKS for one in checked.findings)
    if stops:
        what = "1 finding stops" if stops == 1 else f"{stops} findings stop"
        return "failed", f"{what} the start: see below.", []
    rest = len(checked.findings)
    told = {0: "nothing found", 1: "1 thing to look at"}.get(rest, f"{rest} things to look at")
    return "done", "Checked: it can start", [f"{checked.training:,} rows to learn from", told]


def runs_html(jobs: Sequence[Any], revotes: dict[str, Sequence[Any]]) -> str:
    """The runs trained on a round, newest first, each with its re-votes or a button that begins one.
    ``revotes`` are rounds by the model that stands as b."""
    if not jobs:
        return '<p class="gw-muted">Nothing was trained on this round yet.</p>'
    return f'<ul class="gw-pref-runs">{"".join(_run(one, revotes) for one in jobs)}</ul>'


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
