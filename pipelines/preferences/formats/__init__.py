"""Pairs and votes as files that others read, and back: a module for each format."""

from collections.abc import Iterable, Iterator, Sequence

from pipelines.core.errors import SpecError
from pipelines.preferences.formats import argilla, hh, kto, rated, sharegpt, trl
from pipelines.preferences.formats.base import Format
from pipelines.preferences.formats.reading import read_text
from pipelines.preferences.formats.writing import lines
from pipelines.preferences.records import Pair, Vote

FORMATS: dict[str, Format] = {
    format.name: format
    for format in (trl.TEXTS, trl.MESSAGES, kto.FORMAT, sharegpt.FORMAT, hh.FORMAT, argilla.FORMAT)
}
# The order in which a row is tried: what only one format has goes first.
_READ = (argilla.FORMAT, sharegpt.FORMAT, kto.FORMAT, rated.FORMAT, hh.FORMAT, trl.MESSAGES, trl.TEXTS)


def write(
    format: str, pairs: Sequence[Pair], votes: Iterable[Vote], ties: bool = False, whole: bool = True
) -> Iterator[str]:
    """JSON lines with their ends. ``ties`` makes rows of ties, too, marked by a column ``tie`` in every row;
    without ``whole`` the column that carries pairs and votes is left out: such a file is to train on, and
    does not come back as it was. Votes on pairs that are not given are left out. Raises
    :class:`SpecError`."""
    if format not in FORMATS:
        raise SpecError("format", format, f"one of {', '.join(FORMATS)}")
    return lines(FORMATS[format], pairs, votes, ties, whole)


def read(text: str, format: str = "") -> tuple[tuple[Pair, ...], tuple[Vote, ...]]:
    """The pairs and votes of JSON lines or of a JSON list; without a ``format`` each row's is found out. A
    file that :func:`write` made gives exactly what went in, the votes pair by pair. A foreign row's vote is
    by ``import:<format>``. Raises :class:`SpecError` that names the line and what is accepted."""
    known = {one.name: one for one in _READ}
    if format and format not in known:
        raise SpecError("format", format, f"one of {', '.join(known)}")
    return read_text(text, (known[format],) if format else _READ)
