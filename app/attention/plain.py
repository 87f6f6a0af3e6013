"""Answers about the inside of a model as plain values, as the API gives them. No Gradio.

Numbers that have no meaning (a measure of too few tokens, the loss of a first token) are None.
"""

import math
from typing import Any

import numpy as np

from pipelines.attention.answers import (
    MEASURES,
    Captured,
    Intervened,
    Lens,
    Part,
    RunOutcome,
    Stream,
    Tokens,
)
from pipelines.attention.requests import RowsRequest

DIGITS = 6


def plain(values: np.ndarray | float) -> Any:
    """Nested lists of numbers, rounded; None for what is not finite."""
    if isinstance(values, np.ndarray) and values.ndim:
        return [plain(one) for one in values]
    return round(float(values), DIGITS) if math.isfinite(values) else None


def tokens_json(tokens: Tokens, first: int = 0, count: int | None = None) -> list[dict[str, Any]]:
    """``start`` and ``end`` are None for a token with no place in the text."""
    stop = len(tokens.ids) if count is None else first + count
    written = len(tokens.ids) - tokens.generated
    return [
        {
            "position": at,
            "id": int(tokens.ids[at]),
            "text": tokens.texts[at],
            "start": int(tokens.starts[at]) if tokens.starts[at] >= 0 else None,
            "end": int(tokens.ends[at]) if tokens.ends[at] >= 0 else None,
            "special": bool(tokens.special[at]),
            "generated": at >= written,
        }
        for at in range(first, stop)
    ]


def last_tokens(captured: Captured) -> Tokens:
    """The sequence that predictions are made along: the decoder's, or the only one."""
    found = {part.name: part.queries for part in captured.parts}
    return found.get("decoder", captured.parts[0].queries)


def summary_json(model: str, captured: Captured) -> dict[str, Any]:
    told = tokens_json(last_tokens(captured))
    for token, loss, rank in zip(told, captured.loss, captured.ranks, strict=True):
        token.update(loss=plain(loss), rank=int(rank) if rank >= 0 else None)
    return {
        "model": model,
        "kind": captured.kind,
        "positions": captured.positions,
        "parts": [_part_json(part) for part in captured.parts],
        "streams": [_stream_json(stream) for stream in captured.streams],
        "tokens": told,
    }


def head_json(model: str, part: Part, asked: RowsRequest, weights: np.ndarray) -> dict[str, Any]:
    """``weights`` are the rows from the first that was asked for on."""
    return {
        "model": model,
        "part": part.name,
        "layer": asked.layer,
        "head": asked.head,
        "first": asked.first,
        "queries": tokens_json(part.queries, asked.first, len(weights)),
        "keys": tokens_json(part.keys),
        "weights": np.round(weights.astype(np.float64), DIGITS).tolist(),
    }


def lens_json(model: str, captured: Captured, lens: Lens) -> dict[str, Any]:
    layers, count, _ = lens.ids.shape
    return {
        "model": model,
        "first": lens.first,
        "tokens": tokens_json(last_tokens(captured), lens.first, count),
        "layers": [[_lens_cell(lens, layer, at) for at in range(count)] for layer in range(layers)],
    }


def intervened_json(model: str, captured: Captured, found: Intervened) -> dict[str, Any]:
    return {
        "model": model,
        "kind": captured.kind,
        "tokens": tokens_json(last_tokens(captured)),
        "before": _outcome_json(found.before),
        "after": _outcome_json(found.after),
        "kl": plain(found.kl),
    }


def _part_json(part: Part) -> dict[str, Any]:
    return {
        "part": part.name,
        "layers": part.layers,
        "heads": part.heads,
        "kv_heads": part.kv_heads,
        "causal": part.causal,
        "windows": [int(window) or None for window in part.windows],
        "measures": {name: plain(part.measures[..., at]) for at, name in enumerate(MEASURES)},
    }


def _stream_json(stream: Stream) -> dict[str, Any]:
    norms = {name: plain(getattr(stream, name)) for name in ("residual", "attention", "cross", "mlp")}
    return {"stream": stream.name, **norms}


def _lens_cell(lens: Lens, layer: int, at: int) -> dict[str, Any]:
    told = zip(lens.ids[layer, at].tolist(), lens.probabilities[layer, at], strict=True)
    return {
        "rank": int(lens.ranks[layer, at]),
        "kl": plain(lens.kl[layer, at]),
        "entropy": plain(lens.entropy[layer, at]),
        "top": [_guess(one, lens.texts[str(one)], probability) for one, probability in told],
    }


def _outcome_json(outcome: RunOutcome) -> dict[str, Any]:
    known = outcome.loss[np.isfinite(outcome.loss)]
    told = zip(outcome.ids.tolist(), outcome.texts, outcome.probabilities, strict=True)
    return {
        "loss": plain(outcome.loss),
        "mean_loss": plain(known.mean(dtype=np.float64)) if len(known) else None,
        "top": [_guess(*one) for one in told],
        "sample": outcome.sample,
    }


def _guess(token_id: int, text: str, probability: float) -> dict[str, Any]:
    return {"id": token_id, "text": text, "probability": plain(probability)}
