"""What is known of the chosen tasks before anything is asked. Pure; all text is escaped here."""

import re
from collections.abc import Sequence
from html import escape

from app.prompt_lab.before_view import note_html
from pipelines.core.errors import GlassworksError
from pipelines.evaluation.specs import TEXT
from pipelines.evaluation.tasks.registry import TASKS, groups, task_named
from pipelines.evaluation.tasks.task import Task

HINT = '<p class="gw-muted">Choose a task: what it measures, where its rows come from and what to know.</p>'
BUNDLED, PUBLIC = "bundled", "public"
_ADDRESS = re.compile(r"[\w-]+(\.[\w-]+)+/[\w./#?=&-]*")  # without its https://
_OPEN = 3  # so many are shown whole; of more, what is not asked for is folded
_TEXT_WORDS = (
    "How well the model foretells the documents: cross-entropy, perplexity, and bits per byte and per "
    "character, which models with different tokenizers share."
)


def task_choices() -> list[tuple[str, str]]:
    """Those that need no network first."""
    return [
        (f"{task.title} · {BUNDLED if task.bundled else PUBLIC}", task.name)
        for tasks in groups().values()
        for task in tasks
    ]


def parts_of(chosen: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """The task that was chosen last among those that have parts, with their names; empty for none.

    >>> parts_of(["text:sample"])
    ('', ())
    """
    for name in reversed(chosen):
        task = TASKS.get(name.partition("/")[0])
        if task and task.parts:
            return task.name, task.parts
    return "", ()


def narrowed(chosen: Sequence[str], task: str, part: str) -> list[str]:
    """The choice with one part in the place of the whole task, or of another part of it; all of it for "".

    >>> narrowed(["piqa", "mmlu/law"], "mmlu", "anatomy"), narrowed(["mmlu/law"], "mmlu", "")
    (['piqa', 'mmlu/anatomy'], ['mmlu'])
    """
    instead = f"{task}/{part}" if part else task
    return list(dict.fromkeys(instead if one.partition("/")[0] == task else one for one in chosen))


def tasks_html(chosen: Sequence[str]) -> str:
    """A card a task; of one that there is not, what is accepted."""
    if not chosen:
        return HINT
    return "".join(_card(name, at < _OPEN) for at, name in enumerate(chosen))


def _card(name: str, is_open: bool) -> str:
    if name.startswith(TEXT):
        corpus = escape(name.removeprefix(TEXT))
        return _fold("Language modelling", corpus, f"<p>{_TEXT_WORDS}</p>", is_open)
    try:
        task, part = task_named(name)
    except GlassworksError as error:
        return note_html(str(error))
    whole = f"<p>{escape(task.about)}</p><dl>{_facts(task, part)}</dl>"
    whole += note_html(task.warning) if task.warning else ""
    return _fold(escape(task.title), escape(name), whole, is_open)


def _fold(title: str, name: str, inside: str, is_open: bool) -> str:
    return (
        f'<details class="gw-eval-task"{" open" if is_open else ""}>'
        f"<summary><b>{title}</b> <code>{name}</code></summary>{inside}</details>"
    )


def _facts(task: Task, part: str) -> str:
    metrics = ", ".join(
        f'<span title="{escape(one.about)}">{escape(one.name)}</span>' for one in task.metrics
    )
    facts = [("Measured", metrics), ("Rows", _place(task)), ("Licence", escape(task.licence))]
    facts.append(("Source", _source(task.source)))
    if task.parts and not part:
        alike = ", each counts alike" if task.even else ""
        facts.insert(2, ("Parts", f"{len(task.parts)}{alike}"))
    return "".join(f"<div><dt>{name}</dt><dd>{told}</dd></div>" for name, told in facts if told)


def _place(task: Task) -> str:
    if task.bundled:
        return "come with the app"
    if task.hub is None:
        return "from a file"
    return f"<code>{escape(task.hub.repo)}</code>, {escape(task.hub.split)}, or a file"


def _source(source: str) -> str:
    place = escape(source)
    if _ADDRESS.fullmatch(source):
        return f'<a href="https://{place}" target="_blank" rel="noopener noreferrer">{place}</a>'
    return place
