"""The part *Heads*: all heads of a model at a glance, and one of them as lines, as a map and in numbers.

The page gets the model view with the frame; a head, its exact rows and one query's arithmetic are asked for
by the page's script. Each of its questions carries all that it needs and is checked as if it came from
anywhere.
"""

import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any

import gradio as gr

from app.attention.arrays import archive
from app.attention.asking import ask
from app.attention.heads_code import heads_code
from app.attention.heads_view import (
    empty_html,
    error_json,
    head_json,
    heads_html,
    query_key_json,
    rows_json,
)
from app.attention.parts import Seen
from app.attention.standalone import standalone_html
from app.errors import message_of
from app.identity import Visitor
from app.parts import Part
from app.services import Services
from app.sources import loadable, source_of
from pipelines.attention.requests import (
    CaptureRequest,
    HeadRequest,
    QueryKeyRequest,
    RowsRequest,
    Subject,
)
from pipelines.core.errors import SpecError

_JS = """
const heads = new glassworks.Attention(element, server);
heads.adopt();
watch('value', () => heads.adopt());
element.addEventListener('click', (event) => {
  const example = event.target.closest('button[data-text]');
  if (example) trigger('select', { value: example.dataset.text });
});
"""
_SUBJECT = ("model", "text", "target", "new_tokens")
_PLACE = ("part", "layer", "head")


def build(services: Services) -> Part:
    view = gr.HTML(
        empty_html(),
        elem_id="attention-heads",
        js_on_load=_JS,
        server_functions=_server_functions(services),
    )

    def show(visitor: Visitor, seen: Seen | None) -> tuple[str]:
        if seen is None:
            return (empty_html(),)
        source = source_of(services, visitor, seen.subject.model)
        kind = seen.captured.kind
        codes = {
            part.name: loadable(services, visitor, code, seen.subject.model)
            for part in seen.captured.parts
            for code in [heads_code(source, kind, seen.subject, part.name)]
        }
        return (heads_html(seen.subject, seen.captured, codes),)

    return Part(outputs=(view,), show=show, examples=(view.select,))


def subject_of(data: Any) -> Subject:
    """What the browser calls a subject; raises SpecError for what is none."""
    if not isinstance(data, dict) or not isinstance(data.get("subject"), dict):
        raise SpecError("subject", data, f"an object with {', '.join(_SUBJECT)}")
    return Subject(**{name: data["subject"].get(name) for name in _SUBJECT})


def asked_for(kind: type, data: Any, *names: str) -> Any:
    """A request of this kind about one head, with further fields by name."""
    subject = subject_of(data)
    return kind(subject, *(data.get(name) for name in (*_PLACE, *names)))


def _server_functions(services: Services) -> list[Callable[..., str]]:
    """What the page's script may ask, each with ``{subject, part, layer, head, …}``; answers are JSON, faults
    ``{error}``: they are shown in place."""

    def answered(request: gr.Request, answer: Callable[[Callable[[Any], Any]], str]) -> str:
        try:
            visitor = services.identity.visitor(gr.Request(request))
            return answer(lambda asked: ask(services, visitor, asked))
        except Exception as error:
            return error_json(message_of(error))

    def attention_head(data: Any, request: gr.Request) -> str:
        """The whole head."""
        return answered(request, lambda get: head_json(get(asked_for(HeadRequest, data))))

    def attention_rows(data: Any, request: gr.Request) -> str:
        """``first``, ``count``: exact rows of it."""
        return answered(request, lambda get: rows_json(get(asked_for(RowsRequest, data, "first", "count"))))

    def attention_query_key(data: Any, request: gr.Request) -> str:
        """``query``, ``key`` or none: how that query came to its weights."""

        def answer(get: Callable[[Any], Any]) -> str:
            asked, key = asked_for(QueryKeyRequest, data, "query"), data.get("key")
            if key is not None and (isinstance(key, bool) or not isinstance(key, int)):
                raise SpecError("key", key, "a whole number, or none")
            return query_key_json(get(asked), asked.query, key)

        return answered(request, answer)

    def attention_arrays(data: Any, request: gr.Request) -> str:
        """``{file}``: the head and what was seen around it as an .npz, in base64."""

        def answer(get: Callable[[Any], Any]) -> str:
            asked = asked_for(HeadRequest, data)
            captured = get(CaptureRequest(asked.subject))
            file = archive(captured, asked, lambda rows: get(rows).weights)
            return json.dumps({"file": b64encode(file).decode("ascii")})

        return answered(request, answer)

    def attention_page(data: Any, request: gr.Request) -> str:
        """``{file}``: the head as an HTML page of its own."""

        def answer(get: Callable[[Any], Any]) -> str:
            asked = asked_for(HeadRequest, data)
            captured, head = get(CaptureRequest(asked.subject)), get(asked)
            return json.dumps({"file": standalone_html(captured, asked, head)})

        return answered(request, answer)

    return [attention_head, attention_rows, attention_query_key, attention_arrays, attention_page]
