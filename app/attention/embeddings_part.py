"""*Embeddings*: the table of vectors of the model that is looked at: neighbours, analogies, a map, and how
far the text's tokens move away from their rows."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import gradio as gr

from app.attention.asking import ask
from app.attention.embeddings_view import WINDOW, context_html, map_html, neighbours_html, nothing_html
from app.attention.parts import Seen
from app.errors import message_of, shown
from app.figures.token_map import HEIGHT, token_map
from app.identity import Visitor
from app.parts import PICKED, Part
from app.services import Services
from app.status_line import status_line
from pipelines.attention.answers import Tokens
from pipelines.attention.requests import ContextRequest, MapRequest, NeighboursRequest
from pipelines.core.errors import SpecError

_VIEWS = (("Neighbours", "neighbours"), ("Map", "map"), ("In context", "context"))
_TABLES = {False: "input table", True: "output table"}
_JS = """
element.addEventListener('click', (event) => {
  const turn = event.target.closest('button[data-first]');
  if (turn) trigger('select', { value: Number(turn.dataset.first) });
});
"""
_SAVE_JS = """() => glassworks.saveData(
  document.querySelector('#attention-embeddings .gw-data')?.dataset.json, 'embeddings.json')"""
_MARKED = 40  # tokens of the text that have their names in the map
_TRIED = 8  # tokens at the end of the text that are tried where none is named
_UNSHOWN = "�"  # stands in tokens that are parts of a character: no text names them


def build(services: Services) -> Part:
    turned = gr.State(None)  # (subject, first position) of the window that was turned to
    looked = gr.State(None)  # the subject of what is on the page
    chosen = gr.Radio(
        _VIEWS, value="neighbours", show_label=False, container=False, elem_id="attention-embedding-view"
    )
    with gr.Row(elem_classes="gw-board-sampling") as fields:
        plus = gr.Textbox(
            label="Token", info="With the space before it; | adds several up.",
            placeholder="the text's last", elem_id="attention-plus", min_width=180,
        )  # fmt: skip
        minus = gr.Textbox(
            label="Take away", info="As in: king | woman, take away man.",
            elem_id="attention-minus", min_width=180,
        )  # fmt: skip
    output = gr.Checkbox(
        False, label="Output table", info="The rows that logits are made with.",
        elem_id="attention-output-table",
    )  # fmt: skip
    view = gr.HTML(nothing_html(), elem_id="attention-embeddings", js_on_load=_JS)
    plot = gr.Plot(
        visible=False, show_label=False, container=False, min_width=220, elem_id="attention-map",
        elem_classes=["gw-plot", f"gw-map-h{HEIGHT}"],
    )  # fmt: skip
    with gr.Row(elem_classes="gw-toolbar"):
        save = gr.Button("Download .json", size="sm", min_width=96, scale=0)
    save.click(None, js=_SAVE_JS)
    # Through the queue: only what went through it tells a state's listeners that the state has changed.
    view.select(shown(_turned), looked, turned, **PICKED)

    def show(visitor: Visitor, seen: Seen | None, which: Any, *values: Any) -> tuple[Any, ...]:
        needs = gr.Row(visible=which == "neighbours"), gr.Checkbox(visible=which != "context")
        if seen is None:
            return nothing_html(), gr.Plot(visible=False), *needs, None
        try:
            return *_shown(services, visitor, seen, which, *values), *needs, seen.subject
        except Exception as error:  # here and not in the tab's status: the text itself was looked at
            return status_line("failed", message_of(error)), gr.Plot(visible=False), *needs, seen.subject

    return Part(
        outputs=(view, plot, fields, output, looked),
        show=show,
        inputs=(chosen, plus, minus, output, turned),
        triggers=(
            chosen.change,
            plus.submit,
            minus.submit,
            plus.blur,
            minus.blur,
            output.change,
            turned.change,
        ),
    )


def _shown(
    services: Services,
    visitor: Visitor,
    seen: Seen,
    which: Any,
    plus: Any,
    minus: Any,
    output: Any,
    turned: Any,
) -> tuple[Any, Any]:
    model, tokens, output = seen.subject.model, seen.captured.parts[0].queries, bool(output)
    hidden = gr.Plot(visible=False)
    asked = partial(ask, services, visitor)
    if which == "map":
        found = _accepted(asked, [MapRequest(model, words, output) for words in _marks(tokens)])[1]
        return map_html(found, _TABLES[output]), gr.Plot(token_map(found), visible=True)
    if which == "context":
        first = turned[1] if isinstance(turned, tuple) and turned[0] == seen.subject else 0
        return context_html(asked(ContextRequest(seen.subject, first, WINDOW))), hidden
    added, taken = named(plus), named(minus)
    tries = [added] if added else [(text,) for text in last_named(tokens)]
    request, near = _accepted(asked, [NeighboursRequest(model, one, taken, output) for one in tries])
    return neighbours_html(near, request.plus, taken, _TABLES[output]), hidden


def _accepted(asked: Callable[[Any], Any], requests: Sequence[Any]) -> tuple[Any, Any]:
    """The first request that is not refused for its tokens, and its answer: what a text's tokens are shown as
    names most of them, but not all."""
    for request in requests[:-1]:
        try:
            return request, asked(request)
        except SpecError:
            continue
    if not requests:
        raise SpecError("token", "nothing", "a token of the model: name one")
    return requests[-1], asked(requests[-1])


def _marks(tokens: Tokens) -> list[tuple[str, ...]]:
    """What is marked in the map: all, else words, else nothing."""
    words = marked(tokens)
    return [words, tuple(text for text in words if any(map(str.isalpha, text))), ()]


def named(text: Any) -> tuple[str, ...]:
    """The tokens of a field, ``|`` between them. Spaces before a token count; those after it only where there
    is nothing else.

    >>> named(" king | woman")
    (' king', ' woman')
    """
    if not isinstance(text, str):
        return ()
    if text == "|":
        return (text,)
    return tuple(part.rstrip() or part for part in text.split("|") if part)


def marked(tokens: Tokens) -> tuple[str, ...]:
    """The text's tokens that have a name, each once."""
    return tuple(dict.fromkeys(_nameable(tokens)))[:_MARKED]


def last_named(tokens: Tokens) -> list[str]:
    """Tokens that neighbours may be shown of, the last first; words before signs."""
    found = list(dict.fromkeys(reversed(list(_nameable(tokens)))))
    words = [text for text in found if any(map(str.isalpha, text))]
    return [*words, *(text for text in found if text not in words)][:_TRIED]


def _nameable(tokens: Tokens) -> Iterator[str]:
    for text, special in zip(tokens.texts, tokens.special.tolist(), strict=True):
        if text and not special and _UNSHOWN not in text and len(text) <= 200:
            yield text


def _turned(event: gr.EventData, looked: Any) -> Any:
    """Where a window of what is on the page begins; anything else changes nothing."""
    value = getattr(event, "value", None)
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 20
    return (looked, value) if whole and looked else gr.skip()
