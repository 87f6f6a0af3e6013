"""The words and bars of the job panel as HTML. Everything that a person or a model wrote is escaped here."""

from html import escape
from typing import Any
from urllib.parse import quote

from app import units
from app.job_panel.badges import badge_html
from app.job_panel.history import Checkpoint, History
from app.pretrain_code import pretrain_code
from app.python_code import code_html
from pipelines.jobs.kinds import CORPUS, kind_named, result_of
from pipelines.jobs.service import Job, JobStatus
from pipelines.jobs.states import JobState

_SCRIPTS = {"pretrain": pretrain_code}
_EXPLAINED = {
    JobState.QUEUED: "Waits for its turn: one job at a time has the machine.",
    JobState.PAUSING: "Saves a checkpoint, then rests.",
    JobState.PAUSED: "Rests at its last checkpoint; Resume goes on from there.",
    JobState.INTERRUPTED: "The process ended without a word. Resume goes on from the last checkpoint.",
    JobState.CANCELLED: "Ended and discarded.",
}
_AGAIN = "Resume reads the corpus again from its beginning."  # a cleaning takes no checkpoints
_EXPLAINED_CORPUS = {
    **_EXPLAINED,
    JobState.PAUSING: "Looks up from its work, then rests.",
    JobState.PAUSED: _AGAIN,
    JobState.INTERRUPTED: f"The process ended without a word. {_AGAIN}",
}


def empty_html(text: str = "Nothing is running here yet. What you start shows itself in this place.") -> str:
    return f'<div class="gw-job gw-job-empty"><p>{escape(text)}</p></div>'


def head_html(status: JobStatus, history: History) -> str:
    """State, title, progress, figures and notices of one job."""
    job = status.job
    name = job.title or kind_named(job.kind).title
    title = f'<h3 title="{escape(name)}">{escape(name)}</h3>'
    parts = (
        f'<header>{badge_html(job.state)}{title}<code title="job id">{escape(job.id)}</code></header>',
        _progress(status),
        _words(status, history),
        _tiles(status, history),
        _second(history),
        _done(status),
        _notices(history),
    )
    return f'<section class="gw-job" aria-label="Job">{"".join(parts)}</section>'


def sample_html(checkpoint: Checkpoint | None, total: int) -> str:
    """What the model wrote at one checkpoint: each prompt, and its continuation set apart from it."""
    if checkpoint is None:
        return '<div class="gw-samples gw-muted"><p>Texts appear with the first checkpoint.</p></div>'
    of = f" of {total:,}" if total else ""
    texts = "".join(_text(prompt, text) for prompt, text in checkpoint.texts)
    at = f'<p class="gw-samples-at">After step {checkpoint.step:,}{of}</p>'
    return f'<div class="gw-samples">{at}{texts}</div>'


def python_html(job: Job) -> str:
    """The job as a script of plain libraries, for the kinds that have one."""
    script = _SCRIPTS.get(job.kind)
    return code_html(script(kind_named(job.kind).parse(job.spec))) if script else ""


def _text(prompt: str, text: str) -> str:
    rest = text[len(prompt) :] if text.startswith(prompt) else text
    return f"<blockquote><b>{escape(prompt)}</b>{escape(rest)}</blockquote>"


def _progress(status: JobStatus) -> str:
    share = _share(status)
    return (
        f'<div class="gw-progress" role="progressbar" aria-label="Progress" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{share:.0f}"><div style="width:{share:.2f}%"></div></div>'
    )


def _share(status: JobStatus) -> float:
    if status.job.state is JobState.SUCCEEDED:
        return 100.0
    return min(100.0, 100 * status.step / status.total) if status.total > 0 else 0.0


def _words(status: JobStatus, history: History) -> str:
    """One line: phase, step of total, time left; for a job that rests or failed, why."""
    job, words = status.job, []
    if status.phase and job.state.live:
        words.append(status.phase)
    if status.total > 0:
        unit = "document" if result_of(job.kind) is CORPUS else "step"
        words.append(f"{unit} {status.step:,} of {status.total:,}")
    if job.state.live and status.eta_seconds is not None:
        words.append(f"about {units.duration(status.eta_seconds)} left")
    if job.state.final and job.started and job.finished:
        words.append(f"took {units.duration(job.finished - job.started)}")
    line = f'<p class="gw-progress-words">{escape(" · ".join(words)) or "&nbsp;"}</p>'
    return line + _reason(status, history)


def _reason(status: JobStatus, history: History) -> str:
    state = status.job.state
    if state is JobState.FAILED:
        text = status.job.message or history.error or "The job failed; its log says more."
        return f'<p class="gw-error" role="alert"><b>✗</b> {escape(text)}</p>'
    explained = _EXPLAINED_CORPUS if result_of(status.job.kind) is CORPUS else _EXPLAINED
    text = status.job.message or explained.get(state, "")
    return f'<p class="gw-muted">{escape(text)}</p>' if text and state is not JobState.SUCCEEDED else ""


def _tiles(status: JobStatus, history: History) -> str:
    """The newest figures, those of the kind of work."""
    cleaning = result_of(status.job.kind) is CORPUS
    tiles = _cleaning_tiles(status, history) if cleaning else _training_tiles(history)
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}{_unit(unit, value)}</dd></div>"
        for name, value, unit in tiles
    )
    return f'<dl class="gw-tiles">{cells}</dl>'


def _cleaning_tiles(status: JobStatus, history: History) -> tuple[tuple[str, str, str], ...]:
    """From the result once there is one, before that from the newest report of progress."""
    now = {"documents": history.progress.get("step"), "kept": history.progress.get("kept")}
    figures = {**now, **status.metrics}
    read, kept = figures.get("documents"), figures.get("kept")
    known = isinstance(read, (int, float)) and isinstance(kept, (int, float))
    figures |= {"removed": read - kept, "share": 100 * kept / max(1, read)} if known else {}
    return (
        ("documents read", _number(figures, "documents", "{:,.0f}".format), ""),
        ("kept", _number(figures, "kept", "{:,.0f}".format), ""),
        ("removed", _number(figures, "removed", "{:,.0f}".format), ""),
        ("kept share", _number(figures, "share", "{:.1f}".format), "%"),
    )


def _training_tiles(history: History) -> tuple[tuple[str, str, str], ...]:
    train, evaluation = history.train, history.evaluation
    bits = (("bits per byte", _number(evaluation, "bits_per_byte", "{:.3f}".format), ""),)
    return (
        ("speed", _number(train, "tokens_per_second", units.short), "tokens/s"),
        ("train loss", f"{history.smooth.last:.3f}" if history.smooth.last is not None else "–", "nats"),
        ("validation", _number(evaluation, "loss", "{:.3f}".format), "nats"),
        ("perplexity", _number(evaluation, "perplexity", units.short), ""),
        *(bits if history.in_bits else ()),
        ("learning rate", _number(train, "lr", "{:.2e}".format), ""),
        ("gradient norm", _number(train, "grad_norm", "{:.3g}".format), ""),
        ("parameters", _number(history.plan, "parameters", units.short), ""),
    )


def _second(history: History) -> str:
    """The second corpus's measurement, from the first one to now: to a model that is trained on, the change
    is what it has forgotten of its old text (or learnt beside)."""
    bits = history.second_bits
    series, unit = (bits, "bits per byte") if bits.steps else (history.second_validation, "nats a token")
    if not series.steps:
        return ""
    first, now = series.values[0], series.values[-1]
    name = history.second_name[0].upper() + history.second_name[1:]
    if not history.plan.get("start_from") or series.steps[0] != 0:
        return f'<p class="gw-second"><b>{name}</b> {now:.3f} {unit}</p>'
    told = "worse" if now > first else "better" if now < first else "as before"
    return (
        f'<p class="gw-second"><b>{name}</b> {unit}: <span class="gw-was">{first:.3f} before</span> → '
        f'<span class="gw-now">{now:.3f} now</span> ({now - first:+.3f}, {told})</p>'
    )


def _unit(unit: str, value: str) -> str:
    return f" <small>{unit}</small>" if unit and value != "–" else ""


def _number(values: dict[str, Any], name: str, form: Any) -> str:
    value = values.get(name)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return form(value) if number else "–"


def _done(status: JobStatus) -> str:
    if not status.artifact:
        return ""
    name = escape(status.artifact)
    if result_of(status.job.kind) is CORPUS:
        return (
            f'<p class="gw-done"><b>✓</b> The cleaned corpus is ready as <code>{name}</code>. '
            f'<a href="./?tab=pretrain&amp;corpus={quote(status.artifact, safe="")}">Train on it</a> · '
            f'<a href="./?tab=corpus&amp;job={escape(status.job.id)}">What was removed</a></p>'
        )
    guesses = status.job.spec.get("architecture") in ("bert", "t5")
    tab, title = ("fill-mask", "Fill-mask") if guesses else ("decoding", "Decoding")
    return (
        f'<p class="gw-done"><b>✓</b> The model is ready as <code>{name}</code>, in every model picker. '
        f'<a href="./?tab={tab}&amp;model={quote(status.artifact, safe="")}">Open it in {title}</a></p>'
    )


def _notices(history: History) -> str:
    if not history.notices:
        return ""
    lines = "".join(f"<li>{escape(text)}</li>" for text in history.notices)
    return f'<ul class="gw-notices">{lines}</ul>'
