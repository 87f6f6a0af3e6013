"""A logit lens as plain data: for files and for the API. No Gradio."""

from dataclasses import asdict
from typing import Any

import numpy as np

from app.attention.summary_data import last_tokens, numbers
from pipelines.attention.answers import Captured, Lens
from pipelines.attention.requests import Subject

_NOTES = {
    "layers": "read after each: the embedding, then every layer; the last is the model's own output",
    "position": "from 0, in the sequence that predictions are made along",
    "actual": "the token that stands where the model predicts: the next one, or for a masked model the same",
    "top": "the likeliest tokens when the model's last norm and prediction head read that layer",
    "rank": "there, of the token that the model ends with, 1 the likeliest",
    "kl": "KL(final distribution ‖ this one), in nats",
    "entropy": "of this distribution, in nats",
}


def layer_names(lens: Lens) -> list[str]:
    """What stands in the rows, by the numbers that layers have in the other parts.

    ``["embedding", "layer 0", …, "layer 5"]``"""
    return ["embedding", *(f"layer {layer}" for layer in range(len(lens.ranks) - 1))]


def actual_places(captured: Captured, lens: Lens) -> list[int | None]:
    """For each column, the place of the token that is predicted there; None after the last."""
    step = 0 if captured.kind == "masked-lm" else 1
    total = len(last_tokens(captured).ids)
    places = range(lens.first + step, lens.first + step + lens.ranks.shape[1])
    return [place if place < total else None for place in places]


def lens_data(subject: Subject, captured: Captured, lens: Lens) -> dict[str, Any]:
    """JSON-able, documented by its own ``notes``."""
    tokens, actual = last_tokens(captured), actual_places(captured, lens)
    return {
        "subject": asdict(subject),
        "kind": captured.kind,
        "notes": _NOTES,
        "layers": layer_names(lens),
        "positions": [
            {
                "position": lens.first + column,
                "token": tokens.texts[lens.first + column],
                "actual": None if place is None else tokens.texts[place],
                "by_layer": [_cell(lens, layer, column) for layer in range(len(lens.ranks))],
            }
            for column, place in enumerate(actual)
        ],
    }


def _cell(lens: Lens, layer: int, column: int) -> dict[str, Any]:
    ids, shares = lens.ids[layer, column].tolist(), lens.probabilities[layer, column].tolist()
    return {
        "top": [
            {"id": one, "token": lens.texts[str(one)], "probability": float(f"{share:.6g}")}
            for one, share in zip(ids, shares, strict=True)
        ],
        "rank": int(lens.ranks[layer, column]) + 1,
        **dict(zip(("kl", "entropy"), numbers(_of_cell(lens, layer, column)), strict=True)),
    }


def _of_cell(lens: Lens, layer: int, column: int) -> np.ndarray:
    return np.array([lens.kl[layer, column], lens.entropy[layer, column]])
