"""Marks for a text that no reader has seen: Markdown's headings, fences and tables where they stand, so that
the text stays as it was pasted. A few rules, not all of CommonMark."""

import re
from collections.abc import Iterator

from pipelines.rag.documents.document import Document, Mark

_LINE = re.compile(r"[^\n]+")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(\S.*)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_TABLE = re.compile(r"(?m:^ {0,3}\|.*\|[ \t]*$)(?:\n {0,3}\|.*\|[ \t]*$)*", re.MULTILINE)


def marked(text: str, name: str) -> Document:
    """The text as a document, with what can be seen of its shape."""
    tables = (Mark("block", *found.span()) for found in _TABLE.finditer(text))
    return Document(name, "markdown", name, text, (*_headings_and_fences(text), *tables))


def _headings_and_fences(text: str) -> Iterator[Mark]:
    """A fence that is never closed goes on to the end; within one there are no headings."""
    fence, begun = "", 0
    for line in _LINE.finditer(text):
        found = _FENCE.match(line[0])
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                yield Mark("block", begun, line.end())
                fence = ""
        elif found:
            fence, begun = found[1], line.start()
        elif found := _HEADING.match(line[0]):
            yield Mark("heading", *line.span(), found[2].rstrip("# \t\r"), len(found[1]))
    if fence:
        yield Mark("block", begun, len(text))
