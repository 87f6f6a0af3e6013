"""The family tree of models as HTML: a nested list whose lines the style sheet draws.

A list is what a screen reader can walk through; the cards are buttons, so that the keyboard reaches them.
Knows no gradio, no catalogue and no lineage file; everything that it is given is escaped.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

_NOTHING = "No model is here yet. The first one that you train begins the tree."

# A click (or Enter) on a card becomes a `select` event that carries the model's name; the card keeps the mark
# also when the list is drawn anew.
FAMILY_JS = """
let chosen = '';
const mark = () => element.querySelectorAll('[data-model]').forEach((card) =>
  card.setAttribute('aria-pressed', String(card.dataset.model === chosen)));
element.addEventListener('click', (event) => {
  const card = event.target.closest('[data-model]');
  if (!card) return;
  chosen = card.dataset.model;
  mark();
  trigger('select', { value: chosen });
});
new MutationObserver(() => mark()).observe(element, { childList: true, subtree: true });
"""


@dataclass(frozen=True)
class Card:
    """One model, everything but ``depth`` ready to be read. ``facts`` are (name, value) pairs; ``note`` says
    what is unusual. One that is not ``here`` is only named as a parent and opens nothing."""

    name: str
    title: str
    depth: int
    method: str = ""
    facts: tuple[tuple[str, str], ...] = ()
    note: str = ""
    here: bool = True


def family_tree_html(cards: Sequence[Card]) -> str:
    """The cards in reading order, each a list item inside its parent's: ``depth`` rises by one at most.

    >>> family_tree_html([]).count("<li")
    0
    """
    if not cards:
        return f'<div class="gw-job gw-job-empty"><p>{_NOTHING}</p></div>'
    html, depth = ['<ul class="gw-family">'], 0
    for i, card in enumerate(cards):
        html.append("</li></ul>" * max(0, depth - card.depth))
        if i and card.depth <= depth:
            html.append("</li>")
        elif card.depth > depth:
            html.append("<ul>")
        follows = i + 1 < len(cards) and cards[i + 1].depth > card.depth
        html.append(f'<li class="{"gw-parent" if follows else "gw-leaf"}">{_card(card)}')
        depth = card.depth
    html.append("</li></ul>" * (depth + 1))
    return f'<div class="gw-family-box">{"".join(html)}</div>'


def _card(card: Card) -> str:
    facts = "".join(f"<span><i>{escape(name)}</i> {escape(value)}</span>" for name, value in card.facts)
    note = f'<span class="gw-card-note">{escape(card.note)}</span>' if card.note else ""
    method = f"<em>{escape(card.method)}</em>" if card.method else ""
    name = "" if card.name == card.title else f"<code>{escape(card.name)}</code>"
    inner = (
        f'<span class="gw-card-title"><b>{escape(card.title)}</b>{method}</span>{name}'
        f'<span class="gw-card-facts">{facts}</span>{note}'
    )
    if not card.here:
        return f'<div class="gw-card gw-not-here">{inner}</div>'
    return (
        f'<button type="button" class="gw-card" data-model="{escape(card.name)}" aria-pressed="false" '
        f'aria-controls="family-details">{inner}</button>'
    )
