"""A text under several tokenizers as plain values: what the API answers and the page saves. No Gradio."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from app.identity import Visitor
from app.services import Services
from app.tokenizer.asking import ask
from pipelines.core.errors import SpecError
from pipelines.tokenization.requests import CompareRequest, TokensRequest, check_names
from pipelines.tokenization.rows import TokenRows

MAX_CHARACTERS = 1_000_000  # over all tokenizers: a token becomes some 150 bytes of JSON
_ALL = 5_000_000


def tokenized(
    services: Services,
    visitor: Visitor,
    text: str,
    tokenizers: Sequence[str],
    add_special_tokens: bool = False,
) -> dict[str, Any]:
    """See ``/tokenize``. Raises a GlassworksError."""
    check_names(tokenizers)
    _check_size(text, len(tokenizers))
    names, special = tuple(tokenizers), bool(add_special_tokens)
    compared = ask(services, visitor, CompareRequest(text, names, special))
    rows = [ask(services, visitor, TokensRequest(text, name, special, 0, _ALL)) for name in names]
    return {
        "characters": len(text),
        "boundaries": compared.boundaries,
        "differing": compared.differing,
        "tokenizers": [
            {
                "tokenizer": one.name,
                "kind": one.kind,
                "vocab_size": one.size,
                "measures": asdict(one.measures),
                "tokens": _listed(found),
            }
            for one, found in zip(compared.tokenizers, rows, strict=True)
        ],
    }


def _check_size(text: str, count: int) -> None:
    if isinstance(text, str) and len(text) * count > MAX_CHARACTERS:
        raise SpecError(
            "text",
            f"{len(text):,} characters for {count} tokenizers",
            f"at most {MAX_CHARACTERS // count:,} characters for {count} at a time",
        )


def _listed(rows: TokenRows) -> list[dict[str, Any]]:
    columns = (rows.ids, rows.start, rows.end, rows.special, rows.unknown, rows.byte_fallback)
    numbers = zip(*(column.tolist() for column in columns), strict=True)
    return [
        {
            "id": id_,
            "token": token,
            "text": text,
            "bytes": rows.bytes_of(row).hex(),
            "start": start,
            "end": end,
            "special": special,
            "unknown": unknown,
            "byte_fallback": byte,
        }
        for row, (token, text, (id_, start, end, special, unknown, byte)) in enumerate(
            zip(rows.tokens, rows.texts, numbers, strict=True)
        )
    ]
