"""*Attribution*: what a prediction rests on by several methods, beside the measured effect of hiding each
token."""

from typing import Any

import gradio as gr

from app.attention.asking import ask
from app.attention.attribution_view import LONGEST, attribution_html, nothing_html
from app.attention.parts import Seen
from app.errors import message_of, shown
from app.identity import Visitor
from app.parts import PICKED, Part
from app.services import Services
from app.status_line import status_line
from pipelines.attention.requests import AttributeRequest

# A token that is pressed becomes a `select` event that carries its position.
_JS = """
element.addEventListener('click', (event) => {
  const chosen = event.target.closest('button[data-position]');
  if (!chosen || chosen.getAttribute('aria-pressed') === 'true') return;
  element.querySelector('.gw-why')?.setAttribute('aria-busy', 'true');
  trigger('select', { value: Number(chosen.dataset.position) });
});
const reveal = () => {
  const chosen = element.querySelector('[aria-pressed="true"]'), box = chosen?.parentElement;
  if (box) box.scrollTop = chosen.offsetTop - box.offsetTop - box.clientHeight / 2;
};
watch('value', () => setTimeout(reveal));
"""
_SAVE_JS = """() => glassworks.saveData(
  document.querySelector('#attention-attribution .gw-data')?.dataset.json, 'attribution.json')"""


def build(services: Services) -> Part:
    looked = gr.State(None)  # (subject, position) of what is on the page
    chosen = gr.State(None)  # (subject, position) that was pressed
    view = gr.HTML(nothing_html(), elem_id="attention-attribution", js_on_load=_JS)
    with gr.Row(elem_classes="gw-toolbar"):
        save = gr.Button("Download .json", size="sm", min_width=96, scale=0)
    save.click(None, js=_SAVE_JS)
    # Through the queue: only what went through it tells a state's listeners that the state has changed.
    view.select(shown(_pressed), looked, chosen, **PICKED)

    def show(visitor: Visitor, seen: Seen | None, looked: Any, chosen: Any) -> tuple[Any, Any]:
        if seen is None:
            return nothing_html(), None
        wanted = seen.subject, _position(seen, chosen)
        if looked == wanted:  # it takes a pass for each token: what is there already stays
            return gr.skip(), gr.skip()
        try:
            found = ask(services, visitor, AttributeRequest(*wanted))
        except Exception as error:  # here and not in the tab's status: the text itself was looked at
            return status_line("failed", message_of(error)), None
        return attribution_html(found, seen.captured), wanted

    return Part(outputs=(view, looked), show=show, inputs=(looked, chosen), triggers=(chosen.change,))


def _position(seen: Seen, chosen: Any) -> int:
    """What was pressed in this very text; -1, the last, where nothing was. Of a text too long to be explained
    whole, the last place that can be."""
    subject, at = chosen if isinstance(chosen, tuple) else (None, -1)
    places = len(seen.captured.parts[-1].queries.ids)
    if subject == seen.subject and 0 <= at < places:
        return at
    return LONGEST - 1 if seen.captured.kind == "causal-lm" and places > LONGEST else -1


def _pressed(event: gr.EventData, looked: Any) -> Any:
    """Where a token of what is on the page was pressed; anything else changes nothing."""
    value = getattr(event, "value", None)
    whole = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 20
    return (looked[0], value) if whole and looked else gr.skip()
