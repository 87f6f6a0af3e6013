"""Answers to fresh problems as they are measured: prompt, answer and what it got, as HTML. All that a model
or a person wrote is escaped here.
"""

from collections.abc import Sequence
from html import escape

from app.job_panel.written import Told
from pipelines.training.preferring.online.rewards import REWARDS


def answers_html(told: Sequence[Told]) -> str:
    """A table; nothing where nothing was told."""
    if not told:
        return ""
    parts = [name for name in REWARDS if any(name in dict(one.rewards) for one in told)]
    parts = parts if len(parts) > 1 else []  # the sum says the same
    labels = ["Fresh problem", "Answer", "Reward", *(REWARDS[name].label for name in parts)]
    head = "".join(f'<th scope="col">{escape(label)}</th>' for label in labels)
    rows = "".join(_row(one, parts) for one in told)
    return (
        '<div class="gw-answers" tabindex="0" role="region" aria-label="Answers to fresh problems">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(one: Told, parts: Sequence[str]) -> str:
    got = dict(one.rewards)
    figures = "".join(f"<td>{_figure(value)}</td>" for value in (one.reward, *map(got.get, parts)))
    return f"<tr><td>{escape(one.prompt)}</td><td>{escape(one.text)}{_verdict(one)}</td>{figures}</tr>"


def _verdict(one: Told) -> str:
    """Where there is a right answer: whether this is it, by sign and word."""
    if not one.wanted:
        return ""
    sign, said = ("✓", "right") if one.right else ("✗", f"wanted {one.wanted}")
    return f'<small data-right="{"yes" if one.right else "no"}">{sign} {escape(said)}</small>'


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"
