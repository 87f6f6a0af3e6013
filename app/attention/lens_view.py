"""A logit lens as what the page is given: a frame with packed arrays. No Gradio.

``assets/js/attention_lens.js`` draws it as text, never as HTML.
"""

from dataclasses import asdict
from typing import Any

from app.attention.lens_data import actual_places, layer_names
from app.attention.packed import pack
from app.attention.summary_data import last_tokens
from app.attention.summary_view import carried_html
from app.python_code import code_html
from app.tokenizer.chips import hint_html
from app.tokenizer.glyphs import glyph_text
from pipelines.attention.answers import Captured, Lens
from pipelines.attention.requests import Subject

WINDOW = 64  # positions shown at once
_LONGEST = 40  # characters of a token that are shown
_PREDICTS = {
    "causal-lm": "At each position the model predicts the next token",
    "seq2seq-lm": "At each position the decoder predicts the next token",
    "masked-lm": "At each position the model says what stands there, seeing both sides",
}
_LEAD = (
    ": here its own last norm and prediction head read the residual stream after every layer, as if the "
    "model ended there. Layers go down; the last row is its own answer. Early rows are a reading, not a "
    "thought: the head was made for the end."
)


def empty_html() -> str:
    return hint_html("Write a text and press Look inside: what each layer would say stands here.")


def refused_html(message: str) -> str:
    """Where a model has nothing to read: the reason in place."""
    return hint_html(message)


def lens_html(subject: Subject, captured: Captured, lens: Lens, code: str) -> str:
    lead = f"<p>{_PREDICTS[captured.kind]}{_LEAD}</p>"
    fold = f'<details class="gw-att-fold"><summary>The same in Python</summary>{code_html(code)}</details>'
    frame = carried_html(lens_frame(subject, captured, lens))
    return f'<div class="gw-sum gw-lens">{lead}{frame}<div class="gw-sum-place"></div></div>{fold}'


def lens_frame(subject: Subject, captured: Captured, lens: Lens) -> dict[str, Any]:
    """What the page draws; ``read`` and ``actual`` are the tokens that stand at, and after, each column."""
    tokens = last_tokens(captured)
    columns = range(lens.first, lens.first + lens.ranks.shape[1])
    shown = [_token(text) for text in tokens.texts]
    return {
        "subject": asdict(subject),
        "masked": captured.kind == "masked-lm",
        "first": lens.first,
        "total": len(tokens.ids),
        "window": WINDOW,
        "layers": layer_names(lens),
        "read": [shown[place] for place in columns],
        "special": [bool(tokens.special[place]) for place in columns],
        "actual": [
            None if place is None else {"id": int(tokens.ids[place]), "text": shown[place]}
            for place in actual_places(captured, lens)
        ],
        "texts": {one: _token(text) for one, text in lens.texts.items()},
        **{name: pack(getattr(lens, name)) for name in ("ids", "probabilities", "ranks", "kl", "entropy")},
    }


def window_start(first: Any, total: int) -> int:
    """The position that a window begins at: what was asked for, within the text.

    >>> window_start(500, 300), window_start(None, 300), window_start(20, 300)
    (256, 0, 20)
    """
    if isinstance(first, bool) or not isinstance(first, int | float) or first != first:
        return 0
    last = (total - 1) // WINDOW * WINDOW
    return int(first) if 0 <= first < total else (last if first >= total else 0)


def _token(text: str) -> str:
    return glyph_text(text[:_LONGEST]) + "…" * (len(text) > _LONGEST)
