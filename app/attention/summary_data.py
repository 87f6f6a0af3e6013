"""A capture's numbers as plain data: for the page, for files, for the API. No Gradio."""

import csv
import io
from dataclasses import asdict
from typing import Any

import numpy as np

from pipelines.attention.answers import MEASURES, Captured, Part, Stream, Tokens
from pipelines.attention.even import even, repeats
from pipelines.attention.kinds import likely
from pipelines.attention.requests import Subject
from pipelines.attention.text_loss import TextLoss, of_text, of_written

_NOTES = {
    "entropy": "nats, mean over queries",
    "distance": "tokens, mean over queries by weight",
    "other measures": "share of a query's weight, 0 to 1; null where it has no meaning",
    "measures": "[layer][head], both from 0",
    "even": "[layer]: the same of even attention over what a query may see",
    "streams": "mean length of the vectors: residual before the first layer and after each, and what "
    "attention, cross-attention and the MLP wrote",
    "loss": "-ln p of the token given those before it, in nats",
    "rank": "of the token among all by its probability, 1 the likeliest",
}


def summary_data(subject: Subject, captured: Captured) -> dict[str, Any]:
    """JSON-able, documented by its own ``notes``."""
    return {
        "subject": asdict(subject),
        "kind": captured.kind,
        "positions": captured.positions,
        "notes": _NOTES,
        "parts": [part_data(part) for part in captured.parts],
        "streams": [_stream(stream) for stream in captured.streams],
        **{name: _loss(one) for name, one in losses(subject, captured).items()},
        "tokens": tokens_data(captured),
    }


def part_data(part: Part) -> dict[str, Any]:
    usual = even(part)
    return {
        "name": part.name,
        **{name: int(getattr(part, name)) for name in ("layers", "heads", "kv_heads")},
        "windows": part.windows.tolist(),
        "measures": {name: numbers(part.measures[:, :, i]) for i, name in enumerate(MEASURES)},
        "even": {name: numbers(usual[:, i]) for i, name in enumerate(MEASURES)},
        "repeated": repeats(part),
        "likely": [{**asdict(one), "share": round(one.share, 4)} for one in likely(part, usual)],
    }


def tokens_data(captured: Captured) -> dict[str, Any]:
    """Columns, one entry a token."""
    tokens = last_tokens(captured)
    return {
        "texts": list(tokens.texts),
        "ids": tokens.ids.tolist(),
        "special": tokens.special.tolist(),
        "generated": int(tokens.generated),
        "loss": numbers(captured.loss),
        "rank": [rank + 1 if rank >= 0 else None for rank in captured.ranks.tolist()],
    }


def last_tokens(captured: Captured) -> Tokens:
    """The sequence that predictions are made along: the decoder's, or the only one."""
    found = {part.name: part.queries for part in captured.parts}
    return found.get("decoder") or found["self"]


def losses(subject: Subject, captured: Captured) -> dict[str, TextLoss | None]:
    """Of the text that was given (an encoder–decoder's target) and of what the model wrote."""
    tokens = last_tokens(captured)
    text = subject.target if captured.kind == "seq2seq-lm" else subject.text
    return {
        "text_loss": of_text(tokens, captured.loss, text),
        "written_loss": of_written(tokens, captured.loss),
    }


def measures_csv(captured: Captured) -> str:
    """A row for each head of each part; what has no meaning is empty."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(["part", "layer", "head", *MEASURES, "likely"])
    for part in captured.parts:
        kinds: dict[tuple[int, int], list[str]] = {}
        for one in likely(part):
            kinds.setdefault((one.layer, one.head), []).append(one.kind)
        for layer, head in np.ndindex(part.layers, part.heads):
            values = ["" if np.isnan(v) else f"{v:.6g}" for v in part.measures[layer, head]]
            writer.writerow([part.name, layer, head, *values, "; ".join(kinds.get((layer, head), []))])
    return file.getvalue()


def numbers(values: np.ndarray) -> Any:
    """Nested lists with four digits behind the point; None for what is no number."""
    if values.ndim > 1:
        return [numbers(row) for row in values]
    return [round(value, 4) if np.isfinite(value) else None for value in values.tolist()]


def _stream(stream: Stream) -> dict[str, Any]:
    kinds = ("residual", "attention", "cross", "mlp")
    return {"name": stream.name, **{name: numbers(getattr(stream, name)) for name in kinds}}


def _loss(found: TextLoss | None) -> dict[str, Any] | None:
    if found is None:
        return None
    return {
        "tokens": found.tokens,
        "loss": found.loss,
        "perplexity": found.perplexity,
        "bytes": found.bytes or None,
        "bits_per_byte": found.bits_per_byte,
    }
