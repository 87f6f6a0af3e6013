"""Vocabulary: search, filter and page through the tokens, and walk from one to those that it is made of and
to those that are made of it.
"""

import re
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr

from app.edits import edits
from app.errors import message_of
from app.forms import form, to_values
from app.identity import Visitor
from app.parts import QUIET, Part
from app.services import Services
from app.status_line import status_line
from app.tokenizer import vocabulary_view as view
from app.tokenizer.asking import ask
from app.tokenizer.parts import Text
from app.tokenizer.picker import tokenizer_picker
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.fields import from_dict, knobs
from pipelines.tokenization.answers import Described
from pipelines.tokenization.requests import DescribeRequest, NeighboursRequest, VocabularyRequest
from pipelines.tokenization.vocabulary import TOKEN_KINDS, VocabularyQuery

_MAIN = ("search", "search_in", "order", "descending")
_LENGTHS = ("min_bytes", "max_bytes")
_TRAIL = 8
_ALL = ("All", "")
_WHOLE = re.compile(r"-?[0-9]{1,9}")

# A click on a row or a button becomes a `select` event with the token's id, one on a page's button `turn`
# with the place of its first row.
_CLICK_JS = """
element.addEventListener('click', (event) => {
  const turn = event.target.closest('button[data-first]');
  if (turn) return trigger('turn', { value: Number(turn.dataset.first) });
  const token = event.target.closest('[data-id]');
  if (!token) return;
  element.querySelector('tr[aria-current]')?.removeAttribute('aria-current');
  if (token.matches('tr')) token.setAttribute('aria-current', 'true');
  trigger('select', { value: Number(token.dataset.id) });
});
"""
_TO_CARD_JS = "() => document.getElementById('vocabulary-card')?.scrollIntoView({ block: 'nearest' })"


@dataclass(frozen=True)
class _Seen:
    """What stands on the page: the tokenizer, the query of its table, and the tokens that were looked at, the
    last one open."""

    described: Described | None = None
    query: dict[str, Any] = field(default_factory=dict)
    first: int = 0
    trail: tuple[tuple[int, str], ...] = ()


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
                    self.table = gr.HTML(elem_id="vocabulary-table", js_on_load=_CLICK_JS, min_width=280)
                    self.card = gr.HTML(
                        view.card_hint_html(), elem_id="vocabulary-card", js_on_load=_CLICK_JS, min_width=260
                    )
        self.seen = gr.State(_Seen())

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
        self._wire()
        triggers = [self.tokenizer.change, *map(edits, self.fields.values())]
        outputs = [self.status, self.table, self.card, self.fields["script"], self.seen]
        return Part(outputs, self.show, [self.tokenizer, *self.fields.values(), self.seen], triggers)

    def _wire(self) -> None:
        asked = [self.tokenizer, *self.fields.values(), self.seen]
        self.table.turn(self._turn, asked, [self.status, self.table, self.seen], **QUIET)
        for place in (self.table, self.card):
            opened = place.select(self._open, [self.tokenizer, self.seen], [self.card, self.seen], **QUIET)
            opened.then(None, None, None, js=_TO_CARD_JS)
        by_id = [self.id, self.tokenizer, self.seen]
        self.id.change(self._open_typed, by_id, [self.card, self.seen], trigger_mode="always_last", **QUIET)

    # Callbacks.

    def show(self, visitor: Visitor, _text: Text | None, tokenizer: str, *values: Any) -> list[Any]:
        """One update for each output; what is refused stands in the part's own status line."""
        *given, seen = values
        drawn: dict[str, Any] = {}
        try:
            if tokenizer:
                self._draw(visitor, tokenizer, given, seen or _Seen(), drawn)
            else:
                drawn["status"] = status_line("idle", "Choose a tokenizer")
        except GlassworksError as error:
            drawn["status"] = status_line("failed", str(error))
        return [drawn.get(name, gr.skip()) for name in ("status", "table", "card", "script", "seen")]

    def _draw(
        self, visitor: Visitor, tokenizer: str, given: list[Any], seen: _Seen, drawn: dict[str, Any]
    ) -> None:
        query = to_values(self._start, dict(zip(self.fields, given, strict=True)))
        if seen.described is None or seen.described.name != tokenizer:
            drawn["table"], drawn["card"] = "", view.card_hint_html()
            described = ask(self._services, visitor, DescribeRequest(tokenizer))
            kept = query["script"] if query["script"] in described.scripts else ""
            query["script"] = kept
            drawn["script"] = gr.Dropdown(choices=[_ALL, *described.scripts], value=kept)
            drawn["seen"] = seen = _Seen(described)
        seen = seen if seen.query == query else replace(seen, query=query, first=0)
        page = self._page(visitor, seen)
        drawn["status"] = view.vocabulary_status_html(page, seen.described)
        drawn["table"], drawn["seen"] = view.page_html(page, tokenizer), seen

    def _page(self, visitor: Visitor, seen: _Seen) -> Any:
        checked = from_dict(VocabularyQuery, {**seen.query, "first": seen.first, "rows": view.ROWS})
        values = {name: getattr(checked, name) for name in (*seen.query, "first", "rows")}
        return ask(self._services, visitor, VocabularyRequest(seen.described.name, values))

    def _turn(self, event: gr.EventData, request: gr.Request, tokenizer: str, *values: Any) -> list[Any]:
        """Another page of the same query."""
        seen = values[-1] or _Seen()
        first = event.value if isinstance(event.value, int) and event.value >= 0 else 0
        turned = replace(seen, first=first)
        try:
            visitor = self._services.identity.visitor(request)
            if seen.described is None or seen.described.name != tokenizer:
                return [gr.skip()] * 3
            page = self._page(visitor, turned)
        except Exception as error:
            return [status_line("failed", message_of(error)), gr.skip(), gr.skip()]
        return [
            view.vocabulary_status_html(page, seen.described),
            view.page_html(page, tokenizer),
            turned,
        ]

    def _open(self, event: gr.EventData, request: gr.Request, tokenizer: str, seen: _Seen) -> list[Any]:
        return self._open_id(event.value, tokenizer, seen, request)

    def _open_typed(self, typed: str, tokenizer: str, seen: _Seen, request: gr.Request) -> list[Any]:
        """An emptied box leaves the card as it is."""
        typed = (typed or "").strip().replace(",", "")
        if not typed:
            return [gr.skip(), gr.skip()]
        return self._open_id(int(typed) if _WHOLE.fullmatch(typed) else typed, tokenizer, seen, request)

    def _open_id(self, id_: Any, tokenizer: str, seen: _Seen, request: gr.Request) -> list[Any]:
        try:
            return self._opened(self._services.identity.visitor(request), id_, tokenizer, seen or _Seen())
        except Exception as error:
            return [view.card_error_html(message_of(error)), gr.skip()]

    def _opened(self, visitor: Visitor, id_: Any, tokenizer: str, seen: _Seen) -> list[Any]:
        if not tokenizer:
            raise SpecError("tokenizer", tokenizer, "a tokenizer to look into")
        if not isinstance(id_, int) or isinstance(id_, bool):
            raise SpecError("id", id_, "a whole number")
        if seen.described is None or seen.described.name != tokenizer:
            seen = _Seen(ask(self._services, visitor, DescribeRequest(tokenizer)))
        near = ask(self._services, visitor, NeighboursRequest(tokenizer, id_))
        before = tuple(step for step in seen.trail if step[0] != id_)
        card = view.card_html(near, seen.described, before[::-1])
        trail = (*before, (id_, view.label_of(near.entry)))[-_TRAIL:]
        return [card, replace(seen, trail=trail)]
