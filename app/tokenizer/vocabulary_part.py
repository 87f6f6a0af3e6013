"""Vocabulary: search, filter and page through the tokens, and look at one of them on its card."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from app.choosers import chooser, kept
from app.edits import edits
from app.forms import form, to_values
from app.identity import Visitor
from app.parts import PICKED, Part
from app.services import Services
from app.signal import signal
from app.status_line import status_line
from app.tokenizer import vocabulary_view as view
from app.tokenizer.asking import ask
from app.tokenizer.parts import Text
from app.tokenizer.picker import tokenizer_picker
from app.tokenizer.vocabulary_card import CLICK_JS, VocabularyCard
from pipelines.core.errors import GlassworksError
from pipelines.core.fields import from_dict, knobs
from pipelines.tokenization.answers import Described
from pipelines.tokenization.requests import DescribeRequest, VocabularyRequest
from pipelines.tokenization.vocabulary import TOKEN_KINDS, VocabularyQuery

_MAIN = ("search", "search_in", "order", "descending")
_LENGTHS = ("min_bytes", "max_bytes")
_ALL = ("All", "")
_MOST_ROWS = 10**8


@dataclass(frozen=True)
class _Seen:
    """What stands in the table: the tokenizer, what was asked of it, and the last turn of a page."""

    described: Described | None = None
    query: dict[str, Any] = field(default_factory=dict)
    first: int = 0
    turned: str = ""


def build(services: Services) -> Part:
    return VocabularyPart(services).part()


class VocabularyPart:
    """Components, callbacks and wiring."""

    def __init__(self, services: Services):
        self._services, self._start = services, VocabularyQuery(rows=view.ROWS)
        with gr.Row(elem_classes="gw-split"):
            with gr.Column(elem_classes="gw-inputs", min_width=280):
                self._inputs()
            with gr.Column(elem_classes="gw-result", min_width=280):
                self.status = gr.HTML(status_line("idle", "Ready"), elem_classes="gw-status-box")
                with gr.Row(elem_classes="gw-browser"):
                    self.table = gr.HTML(elem_id="vocabulary-table", js_on_load=CLICK_JS, min_width=280)
                    self.card = VocabularyCard(services)
        self.turned, self.seen = signal(), gr.State(_Seen())

    def _inputs(self) -> None:
        self.tokenizer = tokenizer_picker(self._services, elem_id="vocabulary-tokenizer")
        self.fields = form(self._start, lambda name, _: name in _MAIN)
        self.fields |= {"kind": self._choice("kind", TOKEN_KINDS), "script": self._choice("script", ())}
        with gr.Accordion("Length in bytes", open=False, elem_classes="gw-more"):
            self.fields |= form(self._start, lambda name, _: name in _LENGTHS)
        for name, component in self.fields.items():
            component.elem_id = f"vocabulary-{name.replace('_', '-')}"
        self.id = gr.Textbox(
            label="Token by id", info="Opens its card.", max_lines=1, max_length=20, elem_id="vocabulary-id"
        )

    def _choice(self, name: str, choices: tuple[str, ...]) -> gr.Dropdown:
        knob = knobs(self._start)[name]
        return gr.Dropdown([_ALL, *choices], value="", label=knob.label)

    def part(self) -> Part:
        self.table.turn(_turned, None, self.turned, queue=False, **PICKED)
        self.card.wire(self.tokenizer, self.id, self.table)
        triggers = [self.tokenizer.change, self.turned.change, *map(edits, self.fields.values())]
        inputs = [self.tokenizer, *self.fields.values(), self.turned, self.seen]
        outputs = [self.status, self.table, self.fields["script"], self.seen]
        return Part(outputs, self.show, inputs, triggers)

    # Callbacks.

    def show(self, visitor: Visitor, _text: Text | None, tokenizer: str, *values: Any) -> list[Any]:
        """One update for each output; what is refused stands in the part's own status line."""
        *given, turned, seen = values
        drawn: dict[str, Any] = {}
        try:
            if tokenizer:
                self._draw(visitor, tokenizer, given, str(turned or ""), seen or _Seen(), drawn)
            else:
                drawn["status"] = status_line("idle", "Choose a tokenizer")
        except GlassworksError as error:
            drawn["status"] = status_line("failed", str(error))
        return [drawn.get(name, gr.skip()) for name in ("status", "table", "script", "seen")]

    def _draw(
        self,
        visitor: Visitor,
        tokenizer: str,
        given: list[Any],
        turned: str,
        seen: _Seen,
        drawn: dict[str, Any],
    ) -> None:
        query = to_values(self._start, dict(zip(self.fields, given, strict=True)))
        if seen.described is None or seen.described.name != tokenizer:
            drawn["table"] = ""
            seen = _Seen(ask(self._services, visitor, DescribeRequest(tokenizer)))
            offered = [_ALL, *((one, one) for one in seen.described.scripts)]
            drawn["script"] = chooser(offered, query["script"], "")
            query["script"] = kept(offered, query["script"], "")
            drawn["seen"] = replace(seen, turned=turned)
        # A turned page is one of the question that stands there; another question begins at its first.
        first = (seen.first if turned == seen.turned else _first(turned)) if seen.query == query else 0
        seen = replace(seen, query=query, first=first, turned=turned)
        page = self._page(visitor, seen)
        drawn["status"] = view.vocabulary_status_html(page, seen.described)
        drawn["table"], drawn["seen"] = view.page_html(page, tokenizer), seen

    def _page(self, visitor: Visitor, seen: _Seen) -> Any:
        checked = from_dict(VocabularyQuery, {**seen.query, "first": seen.first, "rows": view.ROWS})
        values = {name: getattr(checked, name) for name in (*seen.query, "first", "rows")}
        return ask(self._services, visitor, VocabularyRequest(seen.described.name, values))


def _turned(event: gr.EventData) -> str:
    """The place of a page's first row; to turn to the same page twice is two turns."""
    first = event.value
    good = isinstance(first, int) and not isinstance(first, bool) and 0 <= first < _MOST_ROWS
    return f"{first if good else 0} {time.monotonic_ns()}"


def _first(turned: str) -> int:
    place = turned.partition(" ")[0]
    return int(place) if place.isdecimal() and len(place) < 9 else 0
