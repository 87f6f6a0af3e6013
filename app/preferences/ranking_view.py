"""Several answers that are to be put in an order: pressed one after the other, the best first. Pure; all that
models wrote is escaped.
"""

from itertools import combinations
from typing import Any

from app.preferences.collect_view import board_html, card_html, foot_html, head_html, prompt_html, texts_of
from pipelines.preferences.records import Round, Several


def ranking_html(round: Round, progress: Any, run: str, written: Several) -> str:
    """The page's script keeps the order, and sends it by the name of the run."""
    texts = texts_of(written)
    cards = "".join(card_html(number, text, place=True) for number, text in texts.items())
    votes = len(list(combinations(texts, 2)))
    buttons = (
        f'<button type="button" class="gw-pref-go" data-does="rank" disabled>Keep this order, {votes} votes '
        '<kbd>Enter</kbd></button><button type="button" data-does="unplace">Take the last back '
        '<kbd>Backspace</kbd></button><button type="button" data-does="stop">Leave them</button>'
    )
    inside = (
        f"{head_html(round, progress)}{prompt_html(written.prompt)}"
        '<p class="gw-pref-told">Press the best answer first, then the next best, to the last: '
        f"<kbd>1</kbd> to <kbd>{len(texts)}</kbd>, or the cards' buttons.</p>"
        f'<div class="gw-pref-cards gw-pref-several">{cards}</div><div class="gw-pref-rank">{buttons}</div>'
        f'<div class="gw-pref-told" role="status"></div>{foot_html()}'
    )
    return board_html("ranking", inside, run=run, count=str(len(texts)))
