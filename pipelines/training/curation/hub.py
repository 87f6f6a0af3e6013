"""Texts or rows of a Hub data set, streamed row by row and never whole."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import Any

from pipelines.common.hub_rows import HubDataError, HubRows
from pipelines.core.corpus_names import HubName
from pipelines.training.corpus import FIELDS
from pipelines.training.rows.values import named_by, plain

_OTHERWISE = "download the data elsewhere and name its folder as path:<folder>"


def stream(name: HubName, max_rows: int, max_characters: int) -> Iterator[str]:
    """The texts of the first rows, none empty, until either bound is reached.

    Raises NotFoundError when the Hub has no such data set, HubDataError when it cannot be reached or read.
    """
    _, rows = _opened(name)
    column, left = None, max_characters
    for number, row in enumerate(rows):
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
    features, rows = _opened(name)
    named = _class_names(features)
    for row in islice(rows, max_rows):
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


def _opened(name: HubName) -> tuple[Mapping[str, Any], Iterator[dict[str, Any]]]:
    return HubRows(name.repo, name.config, name.split, _OTHERWISE).open()
