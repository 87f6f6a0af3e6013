"""The part *Logit lens*: what the model would say after every layer, at a window of positions."""

import json
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.attention.asking import ask
from app.attention.heads_part import subject_of
from app.attention.heads_view import error_json
from app.attention.lens_code import lens_code
from app.attention.lens_data import lens_data
from app.attention.lens_view import WINDOW, empty_html, lens_html, refused_html, window_start
from app.attention.parts import Seen
from app.attention.summary_data import last_tokens
from app.errors import message_of
from app.identity import Visitor
from app.parts import PICKED, Part
from app.services import Services
from app.sources import loadable, source_of
from pipelines.attention.answers import Lens
from pipelines.attention.requests import CaptureRequest, LensRequest
from pipelines.core.errors import GlassworksError, SpecError

TOP_K = 5
_JS = """
const lens = new glassworks.AttentionLens(element, server);
lens.adopt();
watch('value', () => lens.adopt());
element.addEventListener('click', (event) => {
  const turn = event.target.closest('button[data-first]');
  if (turn) trigger('select', { value: Number(turn.dataset.first) });
});
"""


def build(services: Services) -> Part:
    with gr.Row(elem_classes="gw-lens-inputs"):
        top_k = gr.Slider(
            1, 20, TOP_K, step=1, label="Tokens listed", info="Of each cell", elem_id="attention-lens-top-k"
        )
        first = gr.Number(
            0,
            precision=0,
            minimum=0,
            label="First position",
            info=f"{WINDOW} are shown from there on",
            elem_id="attention-lens-first",
        )
    view = gr.HTML(
        empty_html(),
        elem_id="attention-lens",
        js_on_load=_JS,
        server_functions=[_file_function(services)],
    )

    def show(visitor: Visitor, seen: Seen | None, count: Any, begin: Any) -> tuple[Any, Any]:
        if seen is None:
            return empty_html(), gr.skip()
        total = len(last_tokens(seen.captured).ids)
        start, listed = window_start(begin, total), count if _is_whole(count) else TOP_K
        try:
            lens: Lens = ask(services, visitor, LensRequest(seen.subject, start, WINDOW, int(listed)))
        except SpecError:
            raise
        except GlassworksError as error:  # a model that predicts no tokens: said where they would stand
            return refused_html(message_of(error)), gr.skip()
        kind, source = seen.captured.kind, source_of(services, visitor, seen.subject.model)
        code = lens_code(source, kind, seen.subject, start + lens.ranks.shape[1] - 1, int(listed))
        code = loadable(services, visitor, code, seen.subject.model)
        return lens_html(seen.subject, seen.captured, lens, code), gr.skip() if start == begin else start

    view.select(_turned, None, first, queue=False, **PICKED)
    triggers = (top_k.change, first.change)
    return Part(outputs=(view, first), show=show, inputs=(top_k, first), triggers=triggers)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == int(value)


def _turned(event: gr.EventData) -> Any:
    """The first position of the window that a button leads to."""
    value = event.value
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else gr.skip()


def _file_function(services: Services) -> Callable[..., str]:
    def attention_lens_file(data: Any, request: gr.Request) -> str:
        """``{subject, first, top_k}`` → ``{file}``: the window as a JSON text; a fault as ``{error}``: it is
        shown in place."""
        try:
            subject = subject_of(data)
            visitor = services.identity.visitor(gr.Request(request))
            asked = LensRequest(subject, data.get("first"), WINDOW, data.get("top_k"))
            captured = ask(services, visitor, CaptureRequest(subject))
            found = lens_data(subject, captured, ask(services, visitor, asked))
            return json.dumps({"file": json.dumps(found, ensure_ascii=False)})
        except Exception as error:
            return error_json(message_of(error))

    return attention_lens_file
