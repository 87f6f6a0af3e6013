"""The card of one token of a vocabulary, from which one walks to those that it is made of and to those that
are made of it.

Nothing else draws here: an answer about the table that comes late leaves the card as it stands.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

import gradio as gr

from app.errors import message_of
from app.identity import Visitor
from app.parts import PICKED, QUIET
from app.services import Services
from app.tokenizer import vocabulary_view as view
from app.tokenizer.asking import ask
from pipelines.core.errors import SpecError
from pipelines.tokenization.answers import Described
from pipelines.tokenization.requests import DescribeRequest, NeighboursRequest

_TRAIL = 8
_WHOLE = re.compile(r"-?[0-9]{1,9}")
_LIVE = {**QUIET, "trigger_mode": "always_last"}

# A click on a row or a button becomes a `select` event with the token's id, one on a page's button `turn`
# with the place of its first row.
CLICK_JS = """
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
_HINT_JS = f"() => {json.dumps(view.card_hint_html())}"


@dataclass(frozen=True)
class Walk:
    """The tokens of one tokenizer that were looked at, the last one open."""

    described: Described | None = None
    trail: tuple[tuple[int, str], ...] = ()


class VocabularyCard:
    """Laid out in the present place of the page."""

    def __init__(self, services: Services):
        self._services = services
        self.card = gr.HTML(
            view.card_hint_html(), elem_id="vocabulary-card", js_on_load=CLICK_JS, min_width=260
        )
        self.walk = gr.State(Walk())

    def wire(self, tokenizer: gr.Dropdown, typed: gr.Textbox, table: gr.HTML) -> None:
        asked, drawn = [tokenizer, self.walk], [self.card, self.walk]
        for place in (table, self.card):
            opened = place.select(self._open, asked, drawn, **PICKED)
            opened.then(None, None, None, js=_TO_CARD_JS)
        typed.change(self._open_typed, [typed, *asked], drawn, **_LIVE)
        # In the browser, so that it is done before anything of the next tokenizer can be asked for.
        tokenizer.input(None, None, self.card, js=_HINT_JS)

    # Callbacks: each is public, and asks on its own what this visitor may see.

    def _open(self, event: gr.EventData, request: gr.Request, tokenizer: str, walk: Walk) -> list[Any]:
        return self._open_id(event.value, tokenizer, walk, request)

    def _open_typed(self, typed: str, tokenizer: str, walk: Walk, request: gr.Request) -> list[Any]:
        """An emptied box leaves the card as it is."""
        typed = (typed or "").strip().replace(",", "")
        if not typed:
            return [gr.skip(), gr.skip()]
        return self._open_id(int(typed) if _WHOLE.fullmatch(typed) else typed, tokenizer, walk, request)

    def _open_id(self, id_: Any, tokenizer: str, walk: Walk, request: gr.Request) -> list[Any]:
        try:
            return self._opened(self._services.identity.visitor(request), id_, tokenizer, walk or Walk())
        except Exception as error:
            return [view.card_error_html(message_of(error)), gr.skip()]

    def _opened(self, visitor: Visitor, id_: Any, tokenizer: str, walk: Walk) -> list[Any]:
        if not tokenizer:
            raise SpecError("tokenizer", tokenizer, "a tokenizer to look into")
        if not isinstance(id_, int) or isinstance(id_, bool):
            raise SpecError("id", id_, "a whole number")
        if walk.described is None or walk.described.name != tokenizer:
            walk = Walk(ask(self._services, visitor, DescribeRequest(tokenizer)))
        near = ask(self._services, visitor, NeighboursRequest(tokenizer, id_))
        before = tuple(step for step in walk.trail if step[0] != id_)
        card = view.card_html(near, walk.described, before[::-1])
        return [card, Walk(walk.described, (*before, (id_, view.label_of(near.entry)))[-_TRAIL:])]
