"""A document on its way from the process that read it: a line of JSON, then the text. What arrives is taken
for data from a stranger. Standard library and core only."""

import json
from typing import Any, BinaryIO

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.document import Document, Mark

LATE = 75  # the exit status of a process that was too long about it, or whose parent is gone
_MARK_KINDS = ("page", "heading", "row", "block")


def write_document(out: BinaryIO, document: Document) -> None:
    header = {
        "title": document.title,
        "pages": document.pages,
        "notes": document.notes,
        "marks": [(m.kind, m.start, m.end, m.label, m.level) for m in document.marks],
    }
    text = document.text.encode()  # before anything is written: it may lack the memory
    out.write(json.dumps(header).encode() + b"\n")
    out.write(text)


def write_error(out: BinaryIO, message: str) -> None:
    out.write(json.dumps({"error": message}).encode() + b"\n")


def read_document_from(source: BinaryIO, name: str, kind: str) -> Document:
    """Raises :class:`GlassworksError` with the message that was sent, ValueError for what is no answer."""
    header = json.loads(source.readline())
    if not isinstance(header, dict):
        raise ValueError("a header was expected")
    if "error" in header:
        raise GlassworksError(str(header["error"]))
    text = source.read().decode()
    try:
        marks = tuple(_mark(told, len(text)) for told in header["marks"])
        return Document(
            name,
            kind,
            str(header["title"]),
            text,
            marks,
            int(header["pages"]),
            tuple(map(str, header["notes"])),
        )
    except (KeyError, TypeError) as error:
        raise ValueError("a field is missing") from error


def _mark(told: Any, length: int) -> Mark:
    kind, start, end, label, level = told
    if kind not in _MARK_KINDS or not 0 <= start < end <= length:
        raise ValueError("a mark lies outside the text")
    return Mark(kind, int(start), int(end), str(label), int(level))
