"""The part *Step*: one token of a comparison opened, stage by stage, with sliders that shape it anew.

The page gets the chosen column with the frame; each step and each move of a slider is asked for by the page's
script. Every question carries all that it needs and is checked as if it came from anywhere: a step is found
only by its run's random name, which no one but its visitor was told.
"""

from collections.abc import Callable
from typing import Any

import gradio as gr

from app.decoding.asking import ask, strategies_of
from app.decoding.compared import Compared
from app.decoding.step_answer import error_json, step_json
from app.decoding.step_view import empty_html, frame_html, place_of
from app.errors import message_of
from app.identity import Visitor
from app.parts import Part
from app.services import Services
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.generation.comparing import StepRequest

_JS = """
const step = new glassworks.DecodingStep(element, server);
step.adopt();
watch('value', () => step.adopt());
"""
_FIELDS = ("model", "run", "column", "sample", "position")


def build(services: Services, chosen: gr.State) -> Part:
    """``chosen`` holds ``{column, sample, position}`` of the token that was clicked, or None."""
    view = gr.HTML(
        empty_html(),
        elem_id="decoding-step",
        js_on_load=_JS,
        server_functions=[_step_function(services)],
    )

    def show(visitor: Visitor, compared: Compared | None, place: Any) -> tuple[str]:
        return (empty_html() if compared is None else frame_html(compared, place_of(place, compared)),)

    return Part(outputs=(view,), show=show, inputs=(chosen,))


def step_request(data: Any) -> StepRequest:
    """What the browser asks for; raises SpecError for what is no step."""
    if not isinstance(data, dict):
        raise SpecError("step", data, f"an object with {', '.join(_FIELDS)} and strategy")
    (asked,) = strategies_of([data.get("strategy")])
    return StepRequest(*(data.get(name) for name in _FIELDS), asked)


def _step_function(services: Services) -> Callable[..., str]:
    def decoding_step(data: Any, request: gr.Request) -> str:
        """``{model, run, column, sample, position, strategy: {name, parameters}}`` → the step as JSON; a
        fault as ``{error, gone}``: it is shown in place."""
        try:
            visitor = services.identity.visitor(gr.Request(request))
            asked = step_request(data)
            return step_json(ask(services, visitor, asked), asked.strategy)
        except Exception as error:
            return error_json(message_of(error), isinstance(error, NotFoundError))

    return decoding_step
