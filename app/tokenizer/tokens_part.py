"""*Tokens*: every token of the text with all that is known of it, a page at a time from the worker."""

from typing import Any

import gradio as gr

from app.errors import shown
from app.identity import Visitor
from app.parts import PICKED, Part
from app.services import Services
from app.tokenizer.asking import ask
from app.tokenizer.parts import Text
from app.tokenizer.tokens_view import PAGE, no_tokenizer_html, page_start, tokens_html
from pipelines.tokenization.requests import TokensRequest
from pipelines.tokenization.rows import TokenRows

_MOST = 10_000_000  # tokens that a request may skip
# A page's button and the form "go to token" become a `select` event that carries a token's number.
_JS = """
let going = false; // only who asked for a token is taken to it, not who types in the text
element.addEventListener('click', (event) => {
  const turn = event.target.closest('button[data-token]');
  if (turn) trigger('select', { value: Number(turn.dataset.token) });
});
element.addEventListener('submit', (event) => {
  event.preventDefault();
  const field = event.target.elements.token;
  if (field.value === '') return;
  going = true;
  trigger('select', { value: Number(field.value) });
  field.value = '';
});
watch('value', () => {
  if (going) element.querySelector('.gw-marked')?.scrollIntoView({ block: 'center' });
  going = false;
});
"""


def build(services: Services) -> Part:
    token = gr.State(0)
    table = gr.HTML(no_tokenizer_html(), elem_id="tokenizer-tokens", js_on_load=_JS)
    # Through the queue: only what went through it tells a state's listeners that the state has changed.
    table.select(shown(_asked_for), None, token, **PICKED)

    def show(visitor: Visitor, text: Text, token: Any) -> tuple[Any]:
        if not text.focus:
            return (no_tokenizer_html(),)
        wanted = number_of(token)
        rows = _rows(services, visitor, text, wanted)
        return (tokens_html(rows, text.text, text.focus, wanted if wanted % PAGE else -1),)

    return Part(outputs=(table,), show=show, inputs=(token,), triggers=(token.change,))


def number_of(value: Any) -> int:
    """A token's number as the browser sends it; the first token for what is none."""
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value
    return int(max(0, min(value, _MOST))) if whole else 0


def _asked_for(event: gr.EventData) -> int:
    return number_of(getattr(event, "value", 0))


def _rows(services: Services, visitor: Visitor, text: Text, token: int) -> TokenRows:
    """The page with this token; where the text has become shorter, its last page."""

    def page(first: int) -> TokenRows:
        return ask(
            services, visitor, TokensRequest(text.text, text.focus, text.add_special_tokens, first, PAGE)
        )

    rows = page(token // PAGE * PAGE)
    return rows if len(rows) or not rows.total else page(page_start(token, rows.total))
