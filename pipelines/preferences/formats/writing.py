"""Pairs and votes as JSON lines of a format. Pure.

The plain columns hold what the majority says (see :mod:`pipelines.preferences.measures.majority`): ties, both
bad, skips and pairs that show another again have no plain row in the formats of pairs. Nothing is lost all
the same: the column ``glassworks`` carries a pair with all its votes, and pairs without a row of their own
travel in that of the row before (or the first one after). Where no row is plain, one line carries all.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from pipelines.core.texts import is_whole
from pipelines.preferences.formats.base import Format, Over, Told
from pipelines.preferences.formats.carried import COLUMN, Entry, entry, packed
from pipelines.preferences.measures.majority import DECIDED, by_pair, majority
from pipelines.preferences.records import Choice, Pair, Vote

Plain = dict[str, Any]


def lines(
    format: Format, pairs: Sequence[Pair], votes: Iterable[Vote], ties: bool, whole: bool
) -> Iterator[str]:
    told = _told(pairs, votes, ties)
    if not whole:
        return (_line(row) for one in told for row in _rows(format, one))
    carrying = _carried((entry(one.pair, one.votes), _rows(format, one)) for one in told)
    return (_line({**row, COLUMN: packed(entries)}) for row, entries in carrying)


def edits(pair: Pair, votes: Iterable[Vote], over: Over = Over.BOTH) -> Iterator[Pair]:
    """Pairs of origin ``edited`` whose a is the better text that an annotator wrote, better than both, and
    whose b is one of the two, first the one that the vote chose."""
    for vote in votes:
        if not vote.edited.strip() or vote.choice == Choice.SKIP:
            continue
        beaten = (pair.text_a, pair.text_b) if vote.choice != Choice.B else (pair.text_b, pair.text_a)
        if vote.edited in beaten:
            continue
        for text in beaten[over is Over.REJECTED and vote.choice in DECIDED :]:
            yield replace(pair, text_a=vote.edited, text_b=text, repeats="", origin="edited")


def _told(pairs: Sequence[Pair], votes: Iterable[Vote], ties: bool) -> Iterator[Told]:
    known, by = {pair.id for pair in pairs}, by_pair(votes)
    for pair in pairs:
        mine = tuple(by.get(pair.id, ()))
        choice = None if pair.repeats in known else majority(mine)
        yield Told(pair, mine, choice, ties)


def _rows(format: Format, told: Told) -> list[Plain]:
    better = edits(told.pair, told.votes, format.edits) if format.edits else ()
    every = (told, *(Told(pair, (), Choice.A, told.ties) for pair in better))
    marked = told.ties and format.edits
    return [
        {**row, "tie": one.choice == Choice.TIE} if marked else row
        for one in every
        for row in format.write(one)
    ]


def _carried(told: Iterable[tuple[Entry, list[Plain]]]) -> Iterator[tuple[Plain, list[Entry]]]:
    """Each plain row with what it carries; a pair of several rows is in the first of them."""
    row: Plain | None = None
    entries: list[Entry] = []
    for one, rows in told:
        if not rows or row is None:
            entries.append(one)
        for place, plain in enumerate(rows):
            if row is not None:
                yield row, entries
                entries = [] if place else [one]
            row = plain
    if entries or row is not None:
        yield row or {}, entries


def _line(row: Plain) -> str:
    """One line with its end, in UTF-8 where that can be."""
    line = json.dumps(row, ensure_ascii=False, separators=(", ", ": "))
    return f"{line if is_whole(line) else json.dumps(row)}\n"
