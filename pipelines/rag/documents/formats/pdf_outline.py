"""The headings that a PDF's outline names, found again in the lines of their pages."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

from pypdf import PdfReader

from pipelines.rag.documents.normal import one_line

_MOST = 5000
_DEPTH = 6
_LINES = 3  # that one heading may take
# What may stand before the title in the text but not in the outline: "2.1", "Chapter 3:", "IV.", "A.2".
_NUMBERED = re.compile(r"(?:chapter|section|part|appendix)?(?:[\divxlcm.:)\-–—]*|[a-z][\d.:)]*)", re.I)


def headings_of(reader: PdfReader) -> dict[int, list[tuple[str, int]]]:
    """Page, from 0 → its (title, level from 1) in the outline's order. Empty where the outline is damaged."""
    found: dict[int, list[tuple[str, int]]] = {}
    try:
        for title, level, page in _entries(reader, reader.outline):
            found.setdefault(page, []).append((title, level))
    except MemoryError:
        raise
    except Exception:  # pypdf raises nearly anything for a damaged one; the text is whole without it
        return {}
    return found


def parted(lines: Sequence[str], wanted: Iterable[tuple[str, int]]) -> list[tuple[int, list[str]]]:
    """The lines as (0, text lines) and (level, [heading]) in turn; titles that stand nowhere are left out.

    >>> parted(["end.", "2.1 High", "tide", "It comes"], [("High Tide", 2)])
    [(0, ['end.']), (2, ['2.1 High tide']), (0, ['It comes'])]
    """
    parts: list[tuple[int, list[str]]] = []
    since = 0
    for title, level in wanted:
        place = _place(lines, _squeezed(title), since)
        if place is None:
            continue
        start, end = place
        parts += [(0, list(lines[since:start])), (level, [" ".join(lines[start:end])])]
        since = end
    parts.append((0, list(lines[since:])))
    return [part for part in parts if part[1]]


def _entries(reader: PdfReader, outline: Any) -> Iterable[tuple[str, int, int]]:
    """(title, level, page) in order, without recursion: an outline may be nested as deeply as it likes."""
    stack, given = [(1, iter(outline))], 0
    while stack:
        level, items = stack[-1]
        item = next(items, None)
        if item is None:
            stack.pop()
        elif isinstance(item, list):
            stack.append((level + 1, iter(item)))
        elif given < _MOST:
            given += 1
            page = reader.get_destination_page_number(item)
            title = one_line(str(item.title or ""))
            if page is not None and page >= 0 and _squeezed(title):
                yield title, min(level, _DEPTH), page


def _place(lines: Sequence[str], title: str, since: int) -> tuple[int, int] | None:
    """The lines ``start`` to ``end`` that are the title, with nothing but a number before it; one line that
    is the title rather than two, the first of which may be the page's number."""
    squeezed = [_squeezed(line) for line in lines]
    for count in range(1, _LINES + 1):
        for start in range(since, len(lines) - count + 1):
            words = "".join(squeezed[start : start + count])
            if words.endswith(title) and _NUMBERED.fullmatch(words.removesuffix(title)):
                return start, start + count
    return None


def _squeezed(text: str) -> str:
    return "".join(text.split()).casefold()
