"""What a job's row and folder say together, for the page and the API. Reads only."""

import time
from dataclasses import dataclass
from typing import Any

from pipelines.jobs.job_dir import Heartbeat, JobDir
from pipelines.jobs.kinds import result_of
from pipelines.jobs.states import Action, JobState, allowed_actions
from pipelines.jobs.store import Job

# How much of the end of the events is read, by state: running jobs for their speed, succeeded ones for their
# result, which is the last event. The job table asks for every job at each refresh, so the rest reads none.
_TAIL_BYTES = {JobState.RUNNING: 64_000, JobState.SUCCEEDED: 4_000}
_STEPS = ("train", "progress")  # the events that tell a step
_WINDOW = 20  # such events over which the speed is taken: recent, yet not jumpy


@dataclass(frozen=True)
class JobStatus:
    """``phase`` is what the worker does now, empty when none works. ``step`` of ``total`` counts the steps
    of the whole job, over all its legs. ``artifact`` is the name of what a succeeded job has made."""

    job: Job
    phase: str
    step: int
    total: int
    metrics: dict[str, float]
    eta_seconds: float | None
    artifact: str | None
    actions: tuple[Action, ...]


def read_status(job: Job, job_dir: JobDir) -> JobStatus:
    """The job at this moment, from its heartbeat and its newest events."""
    beat = job_dir.heartbeat() or Heartbeat(0, 0.0, 0.0)
    asked = job_dir.asked() if job.state.live else None
    events = _newest_events(job_dir, _TAIL_BYTES.get(job.state, 0))
    succeeded = job.state is JobState.SUCCEEDED
    return JobStatus(
        job=job,
        phase=_phase(job, beat, asked),
        step=beat.step,
        total=beat.total,
        metrics={**beat.metrics, **(_result_metrics(events) if succeeded else {})},
        eta_seconds=_eta(job, beat, events),
        artifact=result_of(job.kind).named(job.id) if succeeded else None,
        actions=() if asked is Action.CANCEL else allowed_actions(job.state),
    )


def _phase(job: Job, beat: Heartbeat, asked: Action | None) -> str:
    if not job.state.live:
        return ""
    if asked is Action.CANCEL:
        return "cancelling"
    if beat.time < (job.started or 0.0) or not beat.phase:  # the last leg's, or of a worker still loading
        return "starting"
    return f"{beat.phase} (finishing early)" if asked is Action.STOP else beat.phase


def _eta(job: Job, beat: Heartbeat, events: list[dict[str, Any]]) -> float | None:
    """Steps left at the speed of the last few reports of this leg; None until there are two.

    Only differences count, so the slow first step of a compiled model is out as soon as it is reported.
    """
    if job.state is not JobState.RUNNING or beat.total <= 0:
        return None
    this_leg = [e for e in events if _tells_a_step(e) and e["time"] >= (job.started or 0.0)][-_WINDOW:]
    if len(this_leg) < 2:
        return None
    first, last = this_leg[0], this_leg[-1]
    steps, seconds = last["step"] - first["step"], last["time"] - first["time"]
    if steps <= 0 or seconds <= 0:
        return None
    left = max(0, beat.total - last["step"]) * seconds / steps
    return max(0.0, left - max(0.0, time.time() - last["time"]))


def _tells_a_step(event: dict[str, Any]) -> bool:
    numbers = (event.get("step"), event.get("time"))
    return event.get("type") in _STEPS and all(isinstance(n, (int, float)) for n in numbers)


def _result_metrics(events: list[dict[str, Any]]) -> dict[str, float]:
    results = [
        e["metrics"] for e in events if e.get("type") == "result" and isinstance(e.get("metrics"), dict)
    ]
    newest = results[-1] if results else {}
    return {k: v for k, v in newest.items() if isinstance(v, (int, float)) and not isinstance(v, bool)}


def _newest_events(job_dir: JobDir, tail: int) -> list[dict[str, Any]]:
    """Those in the last ``tail`` bytes; the line that the cut goes through is dropped as damaged."""
    if not tail:
        return []
    try:
        size = job_dir.events_file.stat().st_size
    except OSError:
        return []
    return job_dir.read_events(max(0, size - tail), tail)[0]
