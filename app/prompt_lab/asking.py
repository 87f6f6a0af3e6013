"""What the page asks the tokenizer worker before a run, for a visitor who may use what the spec names."""

import json
from functools import lru_cache
from typing import Any

import gradio as gr

from app.job_panel.access import reached
from app.services import Services
from pipelines.core.errors import ConflictError
from pipelines.models.hub import on_disk
from pipelines.models.names import Source, parse
from pipelines.prompting.lab.grid import grid_of
from pipelines.prompting.lab.questions import Questions
from pipelines.prompting.lab.requests import Looked, LookRequest, Sized, SizeRequest
from pipelines.prompting.specs import OWN, PromptLabSpec
from pipelines.prompting.tasks.registry import kind_named


def questions_here(spec: PromptLabSpec) -> Questions | None:
    """The items of a grid that fits together, read in this process where they are short or made; None for
    those of a public set. Raises SpecError, as the run would."""
    if spec.task != OWN and not kind_named(spec.task)[0].made:
        return None
    return _grid(spec).questions


def looked(services: Services, spec: PromptLabSpec, cell: int, item: int, request: gr.Request) -> Looked:
    """How the item is asked in that combination. Raises a GlassworksError."""
    reached(services, spec, request)
    model = list(spec.cells())[cell].model
    folder, context, _ = _known(services, model)
    asked = LookRequest(spec.to_dict(), cell, item, folder, context)
    return _answer(services, asked, Looked)


def sized(services: Services, spec: PromptLabSpec, request: gr.Request) -> Sized:
    """Calls, tokens and time of the grid. Raises a GlassworksError."""
    reached(services, spec, request)
    known = {model: _known(services, model) for model in spec.models}
    asked = SizeRequest(
        spec.to_dict(),
        {model: folder for model, (folder, _, _) in known.items()},
        {model: context for model, (_, context, _) in known.items()},
        {model: parameters for model, (_, _, parameters) in known.items()},
    )
    return _answer(services, asked, Sized)


def _answer(services: Services, asked: Any, cls: type) -> Any:
    found = next((event for event in services.tokenizers.call(asked) if isinstance(event, cls)), None)
    if found is None:
        raise ConflictError("The worker that counts tokens has given no answer; try again.")
    return found


def _known(services: Services, model: str) -> tuple[str, int, int]:
    """(tokenizer's folder, context, parameters) of a model that this visitor may use."""
    parsed = parse(model)
    if parsed.source is Source.ENDPOINT:
        return "", services.models.endpoint(model).context, 0
    if parsed.source is Source.HUB and not on_disk(parsed.rest):
        raise ConflictError(f"{model} is not on this machine yet: its tokens are known once the run has it.")
    entry = services.models.get(model)
    return str(services.models.tokenizer_folder(model)), entry.context_length, entry.parameters


@lru_cache(maxsize=4)
def _grid_of(text: str) -> Any:
    return grid_of(PromptLabSpec.from_dict(json.loads(text)))


def _grid(spec: PromptLabSpec) -> Any:
    """An edit of one field asks for the same grid several times."""
    return _grid_of(json.dumps(spec.to_dict(), sort_keys=True))
