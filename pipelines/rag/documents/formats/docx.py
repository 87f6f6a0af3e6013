"""DOCX by python-docx: headings, paragraphs, lists, tables and notes in their order. What was deleted under
tracked changes is left out, what was inserted is in."""

import re
import zipfile
from collections.abc import Iterator
from typing import Any, BinaryIO

from docx import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import qn

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.draft import Draft
from pipelines.rag.documents.formats.docx_styles import Styles

_OLE = b"\xd0\xcf\x11\xe0"  # the container of encrypted files and of Word before 2007
_MOST_FILES = 10_000
_MOST_BYTES = 400_000_000  # unpacked, with its pictures
_MOST_XML = 120_000_000  # of the files that are parsed
_PARAGRAPH, _TABLE, _ROW, _CELL = qn("w:p"), qn("w:tbl"), qn("w:tr"), qn("w:tc")
_INSIDE = frozenset(map(qn, ("w:sdt", "w:sdtContent", "w:ins", "w:moveTo", "w:customXml", "w:smartTag")))
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"  # a text box once more
_DROPPED = frozenset((_FALLBACK, *map(qn, ("w:del", "w:moveFrom", "w:pPr", "w:rPr"))))
_SIGNS = {qn("w:tab"): "\t", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
_TEXT = qn("w:t")


def read(source: BinaryIO, name: str, draft: Draft) -> None:
    _check_zip(source)
    document = Document(source)
    styles = Styles(document)
    _write(document.element.body, styles, draft)
    for kind in (RELATIONSHIP_TYPE.FOOTNOTES, RELATIONSHIP_TYPE.ENDNOTES):
        for note in _related(document.part, kind):
            _write(note, styles, draft)
    draft.title = _title(document) or draft.first_heading


def _title(document: Any) -> str:
    """What the file says; python-docx would invent one where it says nothing."""
    stated = document.part.package.rels.values()
    known = any(r.reltype == RELATIONSHIP_TYPE.CORE_PROPERTIES for r in stated)
    return document.core_properties.title or "" if known else ""


def _related(part: Any, kind: str) -> Iterator[Any]:
    """What stands in the parts of this kind that belong to a part."""
    for relation in part.rels.values():
        if relation.reltype == kind and not relation.is_external:
            yield from parse_xml(relation.target_part.blob)


def _check_zip(source: BinaryIO) -> None:
    """By the sizes in the archive's directory, before anything is unpacked: zipfile gives no file more bytes
    than stand there."""
    if source.read(4) == _OLE:
        raise GlassworksError("it is encrypted, or a .doc of old; save it as .docx without a password.")
    source.seek(0)
    try:
        files = zipfile.ZipFile(source).infolist()
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        raise GlassworksError(
            "it is no DOCX, or it is damaged; open it elsewhere and save it anew."
        ) from None
    source.seek(0)
    xml = sum(f.file_size for f in files if f.filename.lower().endswith((".xml", ".rels")))
    if len(files) > _MOST_FILES or xml > _MOST_XML or sum(f.file_size for f in files) > _MOST_BYTES:
        raise GlassworksError(
            f"it unpacks to more than is accepted: at most {_MOST_BYTES // 1_000_000} MB, of which "
            f"{_MOST_XML // 1_000_000} MB text. Split it, or leave pictures out."
        )
    if not any(f.filename == "[Content_Types].xml" for f in files):
        raise GlassworksError("it is a zip archive but no DOCX.")


def _write(body: Any, styles: Styles, draft: Draft) -> None:
    for element in _blocks(body):
        if element.tag == _TABLE:
            draft.table(_rows(element))
            continue
        text, level = _words(element), styles.level(element)
        if level:
            draft.heading(text, level)
        elif item := styles.item(element):
            draft.item(text, *item)
        else:
            draft.add(text)


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables, also those within content controls and tracked insertions."""
    stack = [iter(parent)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag in (_PARAGRAPH, _TABLE):
            yield element
        elif element.tag in _INSIDE:
            stack.append(iter(element))


def _rows(table: Any) -> Iterator[list[str]]:
    """Of a table in a cell the words stand in that cell."""
    for row in _within(table, _ROW):
        yield [_words(cell) for cell in _within(row, _CELL)]


def _within(parent: Any, tag: str) -> Iterator[Any]:
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag in _INSIDE:
            yield from _within(child, tag)


def _words(element: Any) -> str:
    """The text of a paragraph or a cell as it is now, with that of links and text boxes in it."""
    parts, stack = [], [iter(element)]
    while stack:
        element = next(stack[-1], None)
        if element is None:
            stack.pop()
        elif element.tag == _TEXT:
            parts.append(element.text or "")
        elif element.tag in _SIGNS:
            parts.append(_SIGNS[element.tag])
        elif element.tag not in _DROPPED:
            parts.append("\n" if element.tag == _PARAGRAPH else "")
            stack.append(iter(element))
    return re.sub(r"[ \t]+", " ", "".join(parts)).strip()
