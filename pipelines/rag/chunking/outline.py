"""The headings of a document as a tree, and its pages: what stands where. Standard library only."""

from bisect import bisect_left, bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from pipelines.rag.chunking.pieces import after_space
from pipelines.rag.documents.document import Document

SEPARATOR = " › "
Path = tuple[str, ...]
_STEP = 5000  # marks


@dataclass
class Section:
    """From a heading to the next of its level or above. Its own text goes to ``own_end``, where the first
    section below it begins; ``body`` is where the heading ends, ``bare`` says that nothing follows it."""

    start: int
    end: int
    own_end: int
    path: Path
    level: int
    body: int = 0
    bare: bool = False
    below: list["Section"] = field(default_factory=list)


class Outline:
    """``root`` holds all; its own text stands before the first heading."""

    def __init__(self, root: Section, sections: Sequence[Section]):
        self.root = root
        self._sections = sections
        self._starts = [section.start for section in sections]

    def at(self, place: int) -> str:
        """The headings that the character at ``place`` stands under."""
        found = bisect_right(self._starts, place) - 1
        return SEPARATOR.join(self._sections[found].path) if found >= 0 else ""

    def over(self, start: int, end: int) -> str:
        """Those that all of the text from ``start`` to ``end`` stands under; a heading that has no text of
        its own does not count."""
        first = bisect_right(self._starts, start) - 1
        touched = self._sections[max(0, first) : bisect_left(self._starts, end)]
        paths = [section.path for section in touched if not section.bare] or [s.path for s in touched]
        return SEPARATOR.join(_common([()] if first < 0 else paths))


class Pages:
    """As :meth:`Document.page_at`, for a document of many pages."""

    def __init__(self, document: Document):
        self._pages = sorted((m.start, m.end, int(m.label)) for m in document.marks if m.kind == "page")

    def at(self, place: int) -> int:
        found = bisect_right(self._pages, (place, float("inf"))) - 1
        if found < 0 or place >= self._pages[found][1]:
            return 0
        return self._pages[found][2]


def outlined(document: Document) -> Generator[None, None, Outline]:
    """``outline = yield from outlined(document)``."""
    text = document.text
    root = Section(0, len(text), len(text), (), 0)
    above, sections = [root], []
    for number, mark in enumerate(sorted(_headings(document))):
        if number % _STEP == _STEP - 1:
            yield None
        start, end, level, label = mark
        _close(above[-1], start, text)
        while above[-1].level >= level:
            above.pop().end = start
        path = (*above[-1].path, " ".join((label or text[start:end]).split()))
        section = Section(start, len(text), len(text), path, level, end)
        above[-1].below.append(section)
        above.append(section)
        sections.append(section)
    _close(above[-1], len(text), text)
    return Outline(root, sections)


def _headings(document: Document) -> set[tuple[int, int, int, str]]:
    found = (mark for mark in document.marks if mark.kind == "heading")
    return {(mark.start, mark.end, max(1, mark.level), mark.label) for mark in found}


def _close(section: Section, end: int, text: str) -> None:
    """Its own text ends where the next heading begins."""
    section.own_end = end
    section.bare = after_space(text, section.body, end) == end


def _common(paths: Sequence[Path]) -> Path:
    """
    >>> _common([("A", "B"), ("A", "C", "D")])
    ('A',)
    """
    same = [names[0] for names in zip(*paths, strict=False) if len(set(names)) == 1]
    return tuple(same)
