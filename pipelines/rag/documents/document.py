"""A document as every later stage sees it: one text, and marks on it. Standard library only."""

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Mark:
    """Something that stands at characters ``start`` to ``end`` of the text: a ``page`` (label: its number), a
    ``heading`` (label: its words, level 1 to 6), a ``row`` of a table (label: its number) or a
    ``block`` that is better not cut (a code block, a table). A heading's own characters, not its
    section's."""

    kind: str
    start: int
    end: int
    label: str = ""
    level: int = 0


@dataclass(frozen=True)
class Document:
    """``kind`` is one of DOCUMENT_KINDS. Paragraphs of ``text`` are divided by empty lines. ``notes`` are
    things to know, such as pages without text."""

    name: str
    kind: str
    title: str
    text: str
    marks: tuple[Mark, ...] = ()
    pages: int = 0
    notes: tuple[str, ...] = ()

    def page_at(self, place: int) -> int:
        """The page of the character at ``place``; 0 where there are none."""
        starts, pages = self._pages
        at = bisect_right(starts, place) - 1
        return int(pages[at].label) if at >= 0 and place < pages[at].end else 0

    @cached_property
    def _pages(self) -> tuple[list[int], list[Mark]]:
        pages = [mark for mark in self.marks if mark.kind == "page"]
        return [mark.start for mark in pages], pages
