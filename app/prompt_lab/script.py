"""One combination of a run as a Python file for a visitor to take away."""

from html import escape
from typing import Any

from app.python_code import code_html
from app.services import Services
from pipelines.core.errors import ConflictError
from pipelines.prompting.lab.script.facts import model_of
from pipelines.prompting.lab.script.whole import model_name, script_of
from pipelines.prompting.lab.summary import Results

HINT = (
    '<p class="gw-hint">Choose a combination: its prompts as they were sent, its loop and the reading of its '
    "answers then stand here as one file of plain transformers.</p>"
)
_SHOWN = 60_000  # characters on the page; the file has all
_MOST = 20_000_000  # characters: the browser takes them in one piece


def script_for(services: Services, results: Results, cell: Any) -> str:
    """Of a run that the visitor may see; ``cell`` counts from 0. Raises :class:`SpecError` for a number that
    is none, :class:`NotFoundError` for a model that is gone, :class:`ConflictError` for a cell that has asked
    nothing yet."""
    model = model_of(model_name(results, cell), services.settings, services.models)
    script = script_of(results, cell, model)
    if len(script) > _MOST:
        raise ConflictError("The items of this run are more than a script holds: take fewer of them.")
    return script


def script_html(script: str) -> str:
    """With its copy button; the beginning of a long one, and then without: half a file is none."""
    if len(script) <= _SHOWN:
        return code_html(script)
    start = script[:_SHOWN].rpartition("\n")[0]
    lines = script.count("\n") - start.count("\n")
    left = f"The {lines:,} lines that follow, most of them the items, are in the file."
    code = f'<div class="gw-code"><pre tabindex="0"><code>{escape(start)}</code></pre></div>'
    return f'<p class="gw-muted">{left}</p>{code}'
