"""A document while it is written: pieces of text are put one after another, and each mark knows where its
piece stands in the end. Knows nothing of files. Standard library and core only."""

from collections.abc import Iterable, Sequence

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.document import Document, Mark
from pipelines.rag.documents.limits import STANDARD, Limits
from pipelines.rag.documents.normal import normal, one_line

_NOTES = 20


class Draft:
    """Every piece is normalised by itself and divided from the next by ``gap``, an empty line or a line's
    end, so that the whole is normal too. Raises :class:`GlassworksError` past the limits."""

    def __init__(self, kind: str, limits: Limits = STANDARD):
        self.kind, self.limits = kind, limits
        self.title, self.pages = "", 0
        self._parts: list[str] = []
        self._length, self._rows, self._in_list = 0, 0, False
        self._marks: list[Mark] = []
        self._notes: dict[str, None] = {}

    @property
    def length(self) -> int:
        """Where the text ends so far."""
        return self._length

    def add(self, text: str, gap: str = "\n\n") -> tuple[int, int]:
        """The piece's (start, end); an empty piece is left out."""
        return self.add_raw(normal(text), gap)

    def add_raw(self, text: str, gap: str = "\n\n") -> tuple[int, int]:
        """The same for a text that is to stay as it is."""
        if not text:
            return self._length, self._length
        for part in (gap if self._parts else "", text):
            self._parts.append(part)
            self._length += len(part)
        self._in_list = False
        if self._length > self.limits.characters:
            raise GlassworksError(
                f"its text is longer than the {self.limits.characters:,} characters accepted; split it."
            )
        return self._length - len(text), self._length

    def heading(self, text: str, level: int) -> None:
        start, end = self.add(" ".join(normal(text).split()))
        self.mark("heading", start, end, one_line(text), min(6, max(1, level)))

    def item(self, text: str, depth: int, bullet: str) -> None:
        """Of a list, indented by its ``depth`` from 0, right below the item before it. A further paragraph of
        the same item has an empty ``bullet``."""
        if text.strip():
            begin = "  " * depth + (bullet or "  ")
            self.add(begin + text.lstrip(), "\n" if self._in_list else "\n\n")
            self._in_list = True

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        """Within a text: a line a row, `` | `` between its cells."""
        lines = (" | ".join(" ".join(cell.split()) for cell in cells) for cells in rows)
        self.block("\n".join(line for line in lines if line.strip(" |")))

    def block(self, text: str) -> None:
        """A piece that is better not cut."""
        self.mark("block", *self.add(text))

    def row(self, text: str) -> None:
        """The next row of a table, numbered from 1; an empty one counts, too."""
        self._rows += 1
        if self._rows > self.limits.rows:
            raise GlassworksError(f"it has more than the {self.limits.rows:,} rows accepted; split it.")
        self.mark("row", *self.add(text), str(self._rows))

    def mark(self, kind: str, start: int, end: int, label: str = "", level: int = 0) -> None:
        """A mark on nothing is left out."""
        if len(self._marks) >= self.limits.rows + self.limits.pages:
            self.note("It has very many headings or tables; the last ones are not marked as such.")
        elif start < end:
            self._marks.append(Mark(kind, start, end, label, level))

    def note(self, text: str) -> None:
        """Something to know, said once."""
        if len(self._notes) < _NOTES:
            self._notes.setdefault(text)

    @property
    def first_heading(self) -> str:
        return next((mark.label for mark in self._marks if mark.kind == "heading"), "")

    def document(self, name: str) -> Document:
        """Where the file gives no title, its name is one."""
        marks = tuple(sorted(self._marks, key=lambda mark: (mark.start, -mark.end)))
        text, title = "".join(self._parts), one_line(self.title) or name
        return Document(name, self.kind, title, text, marks, self.pages, tuple(self._notes))
