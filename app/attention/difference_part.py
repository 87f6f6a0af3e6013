"""The part *Compare*: the same text in a second model, or in a run as it stood at one of its checkpoints, and
which heads look elsewhere there.
"""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from app.attention.asking import ask
from app.attention.difference_view import choose_html, difference_html, empty_html, error_html
from app.attention.parts import Seen
from app.errors import message_of
from app.identity import Visitor
from app.job_panel.access import seen_jobs
from app.model_picker import able, caption
from app.opening import when_opened
from app.parts import Part
from app.services import Services
from pipelines.attention.requests import CAPABILITIES, DifferenceRequest
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.models.names import Source, parse

_HELP = "The same text is read by it too. Or type run/<job id> of a run that goes on."
_QUIET = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
_JS = """
const difference = new glassworks.Difference(element);
difference.adopt();
watch('value', () => difference.adopt());
"""
_LAST = 1000  # more than a run has checkpoints: whatever is last


def build(services: Services) -> Part:
    with gr.Row(elem_classes="gw-diff-choose"):
        other = gr.Dropdown(
            _choices(services, None),
            value=None,
            label="Compare with",
            info=_HELP,
            allow_custom_value=True,
            min_width=260,
            elem_id="attention-other",
            elem_classes="gw-model-picker",
        )
        moment = gr.Slider(
            0, _LAST, value=_LAST, step=1, label="Checkpoint", visible=False, buttons=[], min_width=220,
            elem_id="attention-checkpoint", elem_classes="gw-diff-moment",
        )  # fmt: skip
    view = gr.HTML(empty_html(), elem_id="attention-difference", js_on_load=_JS)

    def refresh(request: gr.Request) -> Any:
        return gr.Dropdown(choices=_choices(services, request))

    def show(visitor: Visitor, seen: Seen | None, name: Any, at: Any) -> tuple[Any, Any]:
        """A fault is told in the place of the pictures: the text of the page was looked at all the same."""
        slider = gr.Slider(visible=False)
        try:
            names = moments(services, name) if name else ()
            place = _place(at, len(names))
            slider = _slider(names, place, at)
            return _compared(services, visitor, seen, names[place] if names else ""), slider
        except Exception as error:
            return error_html(message_of(error)), slider

    when_opened(refresh, None, other)
    other.focus(refresh, None, other, **_QUIET)
    return Part(
        outputs=(view, moment), show=show, inputs=(other, moment), triggers=(other.input, moment.input)
    )


def _compared(services: Services, visitor: Visitor, seen: Seen | None, other: str) -> str:
    if seen is None:
        return empty_html()
    if not other:
        return choose_html(len(_others(services, seen.subject.model)))
    found = ask(services, visitor, DifferenceRequest(seen.subject, other))
    return difference_html((seen.subject.model, other), found)


def moments(services: Services, name: str) -> tuple[str, ...]:
    """The names of a model through its training: a run's checkpoints, then its result where there is one.
    What is no run, or already a checkpoint, has itself alone. Raises SpecError for no model's name."""
    parsed = parse(name)
    if parsed.source is not Source.RUN or parsed.step is not None:
        return (name,)
    steps = tuple(f"{name}@{step}" for step in services.models.checkpoints(name))
    try:
        services.models.resolve(name)
    except NotFoundError:
        return steps or (name,)
    return (*steps, name)


def _place(at: Any, count: int) -> int:
    """Where the slider stands among so many; the last where it stands beyond."""
    wanted = int(at) if isinstance(at, (int, float)) and not isinstance(at, bool) else count
    return max(0, min(wanted, count - 1))


def _slider(names: Sequence[str], place: int, at: Any) -> Any:
    """Shown for a run alone. Its value is left to the visitor, who may be dragging it, if it is one."""
    if len(names) < 2:
        return gr.Slider(visible=False)
    step = parse(names[place]).step
    told = "the end of the run" if step is None else f"step {step:,}"
    given = {"maximum": len(names) - 1, "label": f"Checkpoint: {told}", "visible": True}
    return gr.Slider(**given) if at == place else gr.Slider(value=place, **given)


def _choices(services: Services, request: gr.Request | None) -> list[tuple[str, str]]:
    """Models that can be looked into, then this visitor's runs that go on and have checkpoints already."""
    listed = [(caption(entry), entry.name) for entry in able(services, CAPABILITIES)]
    known = {name for _, name in listed}
    going_on = []
    for job in seen_jobs(services, request) if request else ():
        name = f"run/{job.id}"
        if name not in known and services.models.checkpoints(name):
            going_on.append((f"{name} · {job.title or job.kind} · on its way", name))
    return listed + going_on


def _others(services: Services, model: str) -> list[str]:
    """What a model could be compared with."""
    try:
        own = [name for name in moments(services, model) if name != model]
    except GlassworksError:
        own = []
    return own + [entry.name for entry in able(services, CAPABILITIES) if entry.name != model]
