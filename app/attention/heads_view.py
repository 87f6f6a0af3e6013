"""The heads of a model as what the page is given: its frame, and JSON that the browser draws. No Gradio.

``assets/js/attention_*.js`` fill the frame; tokens reach them as JSON and are drawn as text, never as HTML.
"""

import json
from dataclasses import asdict
from html import escape
from typing import Any

import numpy as np

from app.attention.packed import pack
from app.attention.pooled import MAX_THUMBNAILS, packed_head, packed_thumbnails
from app.python_code import code_html
from app.tokenizer.glyphs import glyph_text
from pipelines.attention.answers import Captured, Head, Part, QueryKey, Rows, Tokens
from pipelines.attention.requests import Subject

EXAMPLES = (
    (
        "A story with a name that comes back",
        "Once upon a time, there was a little girl named Lily. Lily had a red ball. One day, Lily",
    ),
    ("The same words twice", "The cat sat on the mat. The dog ran in the park. The cat sat on the"),
)
_LONGEST = 40  # characters of a token that are shown
_KEYS = 256  # keys whose vectors are sent with a query


def empty_html() -> str:
    """Before the first text: examples one click away."""
    buttons = "".join(
        f'<button type="button" class="gw-example" data-text="{escape(text)}">{escape(name)}</button>'
        for name, text in EXAMPLES
    )
    return (
        '<div class="gw-paper gw-empty"><p class="gw-empty-title">No heads yet.</p>'
        f"<p>Write a text and press <b>Look</b>, or begin with one of these:</p>{buttons}</div>"
    )


def heads_html(subject: Subject, captured: Captured, codes: dict[str, str]) -> str:
    """The frame with all that the model view needs. ``codes`` is, for each part, the same in Python."""
    return (
        f'<div class="gw-att" data-heads="{escape(frame_json(subject, captured))}">'
        f'<div class="gw-att-place"></div>{_code_html(codes)}</div>'
    )


def frame_json(subject: Subject, captured: Captured) -> str:
    return _json(
        {
            "subject": asdict(subject),
            "kind": captured.kind,
            "positions": captured.positions,
            "exact": captured.exact,
            "parts": [_part(part, MAX_THUMBNAILS // len(captured.parts)) for part in captured.parts],
        }
    )


def head_json(head: Head) -> str:
    return _json(packed_head(head))


def rows_json(rows: Rows) -> str:
    return _json({"weights": pack(rows.weights.astype(np.float32, copy=False))})


def query_key_json(found: QueryKey, query: int, key: int | None) -> str:
    """Numbers of every key; the vectors of all where they are few, else of the heaviest and of ``key``."""
    shown = _shown(found, key)
    single = ("query", "plain_query", "table", "bias", "allowed", "scores", "weights")
    turned = len(found.angles) > 0
    return _json(
        {
            **{name: pack(getattr(found, name)) for name in single},
            "shown": shown.tolist(),
            "keys": pack(found.keys[shown]),
            "plain_keys": pack(found.plain_keys[shown] if len(found.plain_keys) else found.plain_keys),
            "angles": pack(found.angles[shown] if turned else found.angles),
            "query_angles": pack(found.angles[query] if turned else np.zeros(0, np.float32)),
            "pairs": found.pairs.tolist(),
            **{name: _number(getattr(found, name)) for name in ("scaling", "softcap", "sink")},
            "kv_head": int(found.kv_head),
            "window": int(found.window),
        }
    )


def error_json(message: str) -> str:
    return json.dumps({"error": message})


def _shown(found: QueryKey, key: int | None) -> np.ndarray:
    count = len(found.weights)
    if count <= _KEYS:
        return np.arange(count)
    heaviest = np.argsort(-found.weights, kind="stable")[:_KEYS]
    asked = [key] if key is not None and 0 <= key < count else []
    return np.unique(np.concatenate([heaviest, np.array(asked, heaviest.dtype)]))


def _part(part: Part, room: int) -> dict[str, Any]:
    same = part.queries is part.keys or (
        part.name != "cross" and np.array_equal(part.queries.ids, part.keys.ids)
    )
    return {
        "name": part.name,
        **{name: int(getattr(part, name)) for name in ("layers", "heads", "kv_heads", "cell")},
        "causal": bool(part.causal),
        "windows": part.windows.tolist(),
        "thumbnails": packed_thumbnails(part.thumbnails, room),
        "measures": pack(part.measures.astype(np.float32, copy=False)),
        "queries": _tokens(part.queries),
        "keys": None if same else _tokens(part.keys),
    }


def _tokens(tokens: Tokens) -> dict[str, Any]:
    return {
        "ids": tokens.ids.tolist(),
        "texts": [glyph_text(text[:_LONGEST]) + "…" * (len(text) > _LONGEST) for text in tokens.texts],
        "special": np.flatnonzero(tokens.special).tolist(),
        "generated": int(tokens.generated),
    }


def _code_html(codes: dict[str, str]) -> str:
    """One script a part; the page shows that of the part that is open, with its layer and head."""
    blocks = "".join(
        f'<div class="gw-att-code" data-part="{escape(name)}"{" hidden" if place else ""}>'
        f"{code_html(code)}</div>"
        for place, (name, code) in enumerate(codes.items())
    )
    return f'<details class="gw-att-fold"><summary>The same in Python</summary>{blocks}</details>'


def _number(value: float) -> float:
    return float(value) if np.isfinite(value) else 0.0


def _json(told: dict[str, Any]) -> str:
    """A string: the framework would take longer to write it than we to make it."""
    return json.dumps(told, separators=(",", ":"))
