"""A job's state as icon and word: the same in the panel and in every list, never by colour alone."""

from html import escape

from pipelines.jobs.states import JobState

ICONS = {
    JobState.QUEUED: "◷",
    JobState.RUNNING: "▶",
    JobState.PAUSING: "◑",
    JobState.PAUSED: "❚❚",
    JobState.SUCCEEDED: "✓",
    JobState.FAILED: "✗",
    JobState.CANCELLED: "⊘",
    JobState.INTERRUPTED: "⚠",
}


def badge_text(state: JobState) -> str:
    """``✓ succeeded``"""
    return f"{ICONS[state]} {state.value}"


def badge_html(state: JobState) -> str:
    icon = f'<span aria-hidden="true">{ICONS[state]}</span>'
    return f'<span class="gw-badge gw-state-{state.value}" role="status">{icon} {escape(state.value)}</span>'
