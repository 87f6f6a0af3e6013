"""The words and bars of the job panel as HTML. Everything that a person or a model wrote is escaped here."""

from html import escape

from app import units
from app.job_panel.answers_view import answers_html
from app.job_panel.badges import badge_html
from app.job_panel.history import Checkpoint, History
from app.job_panel.offers import offers_html
from app.job_panel.results import words_of
from app.pretrain_code import pretrain_code
from app.python_code import code_html
from app.tokenizer_code import tokenizer_code
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.service import Job, JobStatus
from pipelines.jobs.states import JobState

_BROKEN_OFF = (JobState.FAILED, JobState.CANCELLED, JobState.INTERRUPTED)
_SCRIPTS = {"pretrain": pretrain_code, "tokenizer": tokenizer_code}


def empty_html(text: str = "Nothing is running here yet. What you start shows itself in this place.") -> str:
    return f'<div class="gw-job gw-job-empty"><p>{escape(text)}</p></div>'


def head_html(status: JobStatus, history: History, mendable: bool = False) -> str:
    """State, title, progress, figures and notices of one job. Beside a form that can take them (``mendable``)
    stand the settings with which a job that has failed might succeed."""
    job = status.job
    name = job.title or kind_named(job.kind).title
    title = f'<h3 title="{escape(name)}">{escape(name)}</h3>'
    parts = (
        f'<header>{badge_html(job.state)}{title}<code title="job id">{escape(job.id)}</code></header>',
        _progress(status),
        _words(status, history),
        offers_html(history.mends) if mendable and job.state is JobState.FAILED else "",
        "" if is_bare(status, history) else _tiles(status, history),
        _second(history),
        _done(status),
        _notices(history),
    )
    return f'<section class="gw-job" aria-label="Job">{"".join(parts)}</section>'


def is_bare(status: JobStatus, history: History) -> bool:
    """Whether the job has ended before its first step: there is nothing to show but why."""
    return status.job.state in _BROKEN_OFF and not history.is_begun


def sample_html(checkpoint: Checkpoint | None, total: int) -> str:
    """What the model wrote at one checkpoint: each prompt, and its continuation set apart from it; and how it
    answered fresh problems."""
    if checkpoint is None:
        return '<div class="gw-samples gw-muted"><p>Texts appear with the first checkpoint.</p></div>'
    of = f" of {total:,}" if total else ""
    texts = "".join(_text(prompt, text) for prompt, text in checkpoint.texts)
    at = f'<p class="gw-samples-at">After step {checkpoint.step:,}{of}</p>'
    return f'<div class="gw-samples">{at}{texts}{answers_html(checkpoint.answers)}</div>'


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
        words.append(f"{words_of(status).unit(status)} {status.step:,} of {status.total:,}")
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
    text = status.job.message or words_of(status).explained.get(state, "")
    return f'<p class="gw-muted">{escape(text)}</p>' if text and state is not JobState.SUCCEEDED else ""


def _tiles(status: JobStatus, history: History) -> str:
    """The newest figures, those of the kind of work."""
    tiles = words_of(status).tiles(status, history)
    cells = "".join(
        f"<div><dt>{name}</dt><dd>{escape(value)}{_unit(unit, value)}</dd></div>"
        for name, value, unit in tiles
    )
    return f'<dl class="gw-tiles">{cells}</dl>'


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


def _done(status: JobStatus) -> str:
    return f'<p class="gw-done"><b>✓</b> {words_of(status).done(status)}</p>' if status.artifact else ""


def _notices(history: History) -> str:
    if not history.notices:
        return ""
    lines = "".join(f"<li>{escape(text)}</li>" for text in history.notices)
    return f'<ul class="gw-notices">{lines}</ul>'
