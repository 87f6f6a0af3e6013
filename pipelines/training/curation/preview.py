"""Real rows of a corpus as a tokenizer and a context length make them: the ways of :mod:`packing` with text.

Light enough for the page's process: it reads the first documents only, and of a model its tokenizer alone
(the ``tokenizers`` library, imported when it is needed).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.files import read_json
from pipelines.training.corpus import documents
from pipelines.training.curation.packing import WAYS, Layout, laid_out

MAX_DOCUMENTS, MAX_CHARACTERS = 24, 40_000
CONTEXTS = (8, 4096)


@dataclass(frozen=True)
class PackingPreview:
    """``tokens[document][position]`` is each token as text, its last one the end-of-text token; ``layouts``
    holds the rows by way."""

    context: int
    tokens: tuple[tuple[str, ...], ...]
    layouts: dict[str, Layout]


def preview(corpus: Path, tokenizer: Path, count: int, context: int) -> PackingPreview:
    """The first ``count`` documents of a corpus file or folder, laid out in all ways.

    ``tokenizer`` is the folder of a model or of a tokenizer. A document is cut where the whole would pass
    ``MAX_CHARACTERS``.
    """
    _check("documents", count, 1, MAX_DOCUMENTS)
    _check("context_length", context, *CONTEXTS)
    read, end = _tokenizer(tokenizer, (tokenizer / "tokenizer.json").stat().st_mtime_ns)
    texts = _first(documents(corpus), int(count))
    tokens = tuple((*_pieces(read.encode(text, add_special_tokens=False), text), end) for text in texts)
    lengths = [len(row) - 1 for row in tokens]
    return PackingPreview(int(context), tokens, {way: laid_out(way, lengths, int(context)) for way in WAYS})


def _check(field: str, value: Any, low: int, high: int) -> None:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not low <= value <= high or value != int(value):
        raise SpecError(field, value, f"a whole number from {low} to {high:,}")


def _first(texts: Iterator[str], count: int) -> list[str]:
    found, room = [], MAX_CHARACTERS
    for text in islice(texts, count):
        if room <= 0:
            break
        found.append(text[:room])
        room -= len(text)
    return found


def _pieces(encoding: Any, text: str) -> list[str]:
    """The text of each token by its offsets; the tokens of one character of several bytes share it, so all
    but the first show as ``·``."""
    pieces, shown = [], -1
    for start, end in encoding.offsets:
        pieces.append(text[start:end] if start >= shown and end > start else "·")
        shown = max(shown, end)
    return pieces


@lru_cache(maxsize=4)
def _tokenizer(folder: Path, _changed: int) -> tuple[Any, str]:
    """The tokenizer of a folder and its end-of-text token as text."""
    from tokenizers import Tokenizer

    try:
        made = Tokenizer.from_file(str(folder / "tokenizer.json"))
    except Exception as fault:  # the library raises nothing more special
        raise GlassworksError("That tokenizer.json cannot be read.") from fault
    made.no_truncation()
    made.no_padding()
    return made, _end_of_text(read_json(folder / "tokenizer_config.json", {}))


def _end_of_text(config: Any) -> str:
    token = config.get("eos_token") if isinstance(config, dict) else None
    token = token.get("content") if isinstance(token, dict) else token
    return token if isinstance(token, str) else json.dumps("end of text")
