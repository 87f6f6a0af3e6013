"""Texts or rows of a Hub data set, streamed row by row and never whole; only data files are read, never code.

The address comes from ``HF_ENDPOINT`` and the cache from ``HF_HOME``, as in every Hugging Face library. Runs
in a worker: the library and the network are no business of the page's process.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pipelines.core.corpus_names import HubName
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.training.corpus import FIELDS
from pipelines.training.rows.values import named_by, plain

_SAID_CHARS = 300


class HubDataError(GlassworksError):
    """The data set could not be reached or has no text that can be read here."""


def stream(name: HubName, max_rows: int, max_characters: int) -> Iterator[str]:
    """The texts of the first rows, none empty, until either bound is reached.

    Raises NotFoundError when the Hub has no such data set, HubDataError when it cannot be reached or read.
    """
    rows = _rows(name)
    column, left = None, max_characters
    for number, row in enumerate(_reported(name, rows)):
        if number >= max_rows or left <= 0:
            return
        column = column or text_column(row, name.column)
        text = row.get(column)
        if isinstance(text, str) and text.strip():
            left -= len(text)
            yield text.strip()


def stream_rows(name: HubName, max_rows: int) -> Iterator[dict[str, Any]]:
    """The first rows with all their columns, as JSON has them; numbers that stand for classes are written as
    the classes' names. Raises as :func:`stream`, and :class:`GlassworksError` for pictures and sounds."""
    rows = _rows(name)
    named = _class_names(getattr(rows, "features", None) or {})
    for row in islice(_reported(name, rows), max_rows):
        yield {
            column: plain(named[column](value) if column in named else value, column)
            for column, value in row.items()
        }


def text_column(row: dict[str, Any], wanted: str = "") -> str:
    """The column that holds the text: the wanted one, else a usual name, else the only one of strings.

    >>> text_column({"id": 7, "story": "Once upon a time."})
    'story'
    """
    texts = [name for name, value in row.items() if isinstance(value, str)]
    if wanted:
        if wanted in texts:
            return wanted
    elif usual := [name for name in FIELDS if name in texts]:
        return usual[0]
    elif len(texts) == 1:
        return texts[0]
    which = f"no text column {wanted!r}" if wanted else "several text columns" if texts else "no text column"
    listed = f" Name one of {', '.join(map(repr, texts[:12]))} after a #." if texts else ""
    raise HubDataError(f"The data set has {which}.{listed}")


def _class_names(features: Mapping[str, Any]) -> dict[str, Callable[[Any], Any]]:
    """Column → what turns its numbers into names, for columns of classes or of lists of classes."""
    inner = {column: getattr(feature, "feature", feature) for column, feature in features.items()}
    return {c: named_by(list(f.names)) for c, f in inner.items() if hasattr(f, "int2str")}


def _rows(name: HubName) -> Any:
    try:
        from datasets import load_dataset

        # On a public Space the owner's token must not open private data to visitors.
        token = False if os.environ.get("SPACE_ID") else None
        return load_dataset(name.repo, name.config or None, split=name.split, streaming=True, token=token)
    except Exception as fault:
        raise _explained(name, fault) from fault


def _reported(name: HubName, rows: Any) -> Iterator[dict[str, Any]]:
    """The rows; what the library raises in the middle of them, in words for the visitor."""
    source = iter(rows)
    while True:
        try:
            row = next(source, None)
        except Exception as fault:
            raise _explained(name, fault) from fault
        if row is None:
            return
        yield row


def _explained(name: HubName, fault: Exception) -> GlassworksError:
    """The library raises many kinds: what is missing, what cannot be reached, and what does not fit."""
    from datasets.exceptions import DatasetNotFoundError
    from huggingface_hub.errors import HTTPError

    said = " ".join(str(fault).split())[:_SAID_CHARS]
    if "gated" in said.lower():
        return HubDataError(f"{name.repo} is gated: accept its terms on the Hub, then set HF_TOKEN here.")
    if isinstance(fault, DatasetNotFoundError):
        return NotFoundError(f"The Hub has no public data set named {name.repo!r}; names are owner/name.")
    if "script" in said and isinstance(fault, RuntimeError):
        return HubDataError(f"{name.repo} needs a script of its own to be read, and such code is never run.")
    if isinstance(fault, (OSError, HTTPError)):  # offline, refused, timed out
        return HubDataError(
            f"The Hugging Face Hub cannot be reached to read {name.repo}. Go online and try again, or "
            "download the data elsewhere and name its folder as path:<folder>."
        )
    # Of a config or split that does not exist the message lists those that do.
    return HubDataError(f"{name.repo} cannot be read under this name: {said}")
