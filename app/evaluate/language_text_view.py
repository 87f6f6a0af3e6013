"""The text coloured by how well models expected it, as data that the page's scripts draw as text, never as
HTML. Pure.
"""

import math
from itertools import pairwise
from typing import Any

import numpy as np

from app.attention.summary_view import carried_html
from app.evaluate.language_asking import Board
from app.tokenizer.chips import hint_html
from app.tokenizer.glyphs import glyph_text
from pipelines.evaluation.language.aligned import stretches
from pipelines.evaluation.language.result import LanguageResult

EMPTY = hint_html("The text stands here when it is measured, each token coloured by what it cost.")
_LONGEST = 40  # characters of a token that are shown
_PLACE = '<div class="gw-sum-place"></div>'


def tokens_html(one: LanguageResult) -> str:
    """The text as one model's tokens; ``assets/js/attention_text.js`` draws it."""
    shown = one.shown
    data = {
        "texts": [_cut(text) for text in shown.texts],
        "ids": shown.ids.tolist(),
        "special": [False] * len(shown.ids),
        "generated": 0,
        "loss": _numbers(shown.nats, 4),
        "rank": [rank or None for rank in shown.ranks.tolist()],
    }
    return f'<div class="gw-sum">{carried_html({"tokens": data})}{_PLACE}</div>'


def beside_html(board: Board) -> str:
    """The text cut where all models cut it, each stretch with what it cost each of them;
    ``assets/js/evaluate_language.js`` draws it."""
    found = stretches([one.shown for one in board.results])
    bounds = found.bounds.tolist()
    data = {
        "models": [{"letter": board.letter(one.model), "name": one.model} for one in board.results],
        "texts": [glyph_text(found.text[a:b]) for a, b in pairwise(bounds)],
        "bytes": found.bytes.tolist(),
        "bits": [_numbers(row, 3) for row in found.bits],
    }
    return f'<div class="gw-sum">{carried_html(data)}{_PLACE}</div>'


def _cut(text: str) -> str:
    return glyph_text(text[:_LONGEST]) + "…" * (len(text) > _LONGEST)


def _numbers(values: np.ndarray, digits: int) -> list[Any]:
    return [round(value, digits) if math.isfinite(value) else None for value in values.tolist()]
