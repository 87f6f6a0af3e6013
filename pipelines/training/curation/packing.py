"""How documents become rows of training windows, three ways, shown as spans of tokens. Pure.

======== =============================================================================================
packed   documents joined with the end-of-text token and cut into windows: as pretraining here does it
padded   one document a row, the rest of the row padding; a long document takes several rows
cut      one document a row, the rest of a long document thrown away
======== =============================================================================================

>>> packed([3, 2], context=4)
Layout(rows=(Row(spans=(Span(document=0, start=0, length=4),), padding=0), Row(spans=(Span(document=1, \
start=0, length=3),), padding=1)), tokens=7, lost=0, padding=1, documents_cut=0)
"""

from collections.abc import Sequence
from dataclasses import dataclass

WAYS = ("packed", "padded", "cut")


@dataclass(frozen=True)
class Span:
    """``length`` tokens of a document from ``start`` on; the document's last token is its end-of-text."""

    document: int
    start: int
    length: int


@dataclass(frozen=True)
class Row:
    spans: tuple[Span, ...]
    padding: int


@dataclass(frozen=True)
class Layout:
    """``tokens`` came in, end-of-text tokens included; ``lost`` of them stand in no row. ``documents_cut``
    counts the documents that are split over rows or lose their end."""

    rows: tuple[Row, ...]
    tokens: int
    lost: int
    padding: int
    documents_cut: int

    @property
    def padding_share(self) -> float:
        """Of all positions of all rows."""
        places = self.tokens - self.lost + self.padding
        return self.padding / places if places else 0.0

    @property
    def lost_share(self) -> float:
        return self.lost / self.tokens if self.tokens else 0.0


def laid_out(way: str, lengths: Sequence[int], context: int) -> Layout:
    """``lengths[document]`` in tokens without end-of-text; raises KeyError for an unknown way."""
    return {"packed": packed, "padded": padded, "cut": truncated}[way](lengths, context)


def packed(lengths: Sequence[int], context: int) -> Layout:
    """One stream cut at every ``context`` tokens. The last row is filled up with padding here, where the rest
    of a corpus would follow; training shifts its windows by a new offset at each pass."""
    rows: list[Row] = []
    spans: list[Span] = []
    room = context
    for document, length in enumerate(lengths):
        start, left = 0, length + 1
        while left:
            taken = min(left, room)
            spans.append(Span(document, start, taken))
            start, left, room = start + taken, left - taken, room - taken
            if not room:
                rows.append(Row(tuple(spans), 0))
                spans, room = [], context
    if spans:
        rows.append(Row(tuple(spans), room))
    return _layout(rows, lengths)


def padded(lengths: Sequence[int], context: int) -> Layout:
    """Each document begins a row; what does not fit goes on in the next."""
    rows = [
        Row((Span(document, start, taken),), context - taken)
        for document, length in enumerate(lengths)
        for start in range(0, length + 1, context)
        if (taken := min(context, length + 1 - start))
    ]
    return _layout(rows, lengths)


def truncated(lengths: Sequence[int], context: int) -> Layout:
    """Each document is one row; what does not fit is lost."""
    rows = [
        Row((Span(document, 0, taken),), context - taken)
        for document, length in enumerate(lengths)
        if (taken := min(context, length + 1))
    ]
    return _layout(rows, lengths)


def _layout(rows: list[Row], lengths: Sequence[int]) -> Layout:
    tokens = sum(lengths) + len(lengths)
    placed = sum(span.length for row in rows for span in row.spans)
    whole = sum(1 for row in rows for span in row.spans if span.length == lengths[span.document] + 1)
    padding = sum(row.padding for row in rows)
    return Layout(tuple(rows), tokens, tokens - placed, padding, len(lengths) - whole)
