"""Documents made on the spot, whole files as bytes: PDF written by hand, DOCX by python-docx."""

import io
import random
import textwrap
import zipfile
import zlib
from collections.abc import Sequence

_LINE, _LEADING, _TOP = 90, 14, 800
_VOWELS, _CONSONANTS = "aeiou", "bcdfglmnprstvw"


def pdf_bytes(
    pages: Sequence[str], title: str = "", outline: Sequence[tuple[str, int]] = (), wrap: bool = True
) -> bytes:
    """A PDF with one text a page, in Helvetica and Windows-1252; an empty one is a page without text.
    ``outline`` is of (title, page from 0). Lines are broken at 90 characters unless ``wrap`` is off."""
    first = 4 + 2 * len(
        pages
    )  # objects: catalogue, pages, font, then each page and its content, then the rest
    kids = b" ".join(b"%d 0 R" % (4 + 2 * at) for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R%s >>" % (b" /Outlines %d 0 R" % first if outline else b""),
        b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(pages), kids),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for at, text in enumerate(pages):
        objects += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * at),
            _stream(_shown(_lines(text) if wrap else text.split("\n"))),
        ]
    objects += _outlined(outline, first)
    return _written(objects, title)


def encrypted_pdf(data: bytes, password: str, algorithm: str = "AES-256") -> bytes:
    """The same PDF, opened by ``password`` alone; an empty one opens without being asked for it."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(data)))
    writer.encrypt(password, owner_password="owner", algorithm=algorithm)
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def docx_bytes(
    paragraphs: Sequence[tuple[str, str]], tables: Sequence[Sequence[Sequence[str]]] = ()
) -> bytes:
    """Paragraphs of (style, text), such as ("Heading 1", "Tides"); then ``tables[table][row][cell]``."""
    from docx import Document

    made = Document()
    for style, text in paragraphs:
        made.add_paragraph(text, style=style or None)
    for rows in tables:
        table = made.add_table(len(rows), max(map(len, rows)))
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, text in zip(row.cells, cells, strict=False):
                cell.text = text
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def docx_bomb(megabytes: int) -> bytes:
    """A small DOCX whose document unpacks to so many megabytes of empty paragraphs."""
    with zipfile.ZipFile(io.BytesIO(docx_bytes([("", "tick")]))) as small:
        files = {name: small.read(name) for name in small.namelist()}
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as bomb:
        for name, data in files.items():
            head, body, rest = data.partition(b"<w:body>")
            with bomb.open(name, "w") as out:
                out.write(head + body)
                for _ in range(megabytes if name == "word/document.xml" else 0):
                    out.write(b"<w:p/>" * (1_000_000 // 6))
                out.write(rest)
    return written.getvalue()


def prose(words: int, seed: int = 0) -> str:
    """Sentences of ten invented words, as many words as asked for."""
    rng = random.Random(seed)
    made = [_word(rng) for _ in range(words)]
    sentences = [" ".join(made[at : at + 10]).capitalize() for at in range(0, words, 10)]
    return " ".join(f"{sentence}." for sentence in sentences)


def _word(rng: random.Random) -> str:
    return "".join(rng.choice(_CONSONANTS) + rng.choice(_VOWELS) for _ in range(rng.randint(1, 4)))


def _lines(text: str) -> list[str]:
    return [line for given in text.split("\n") for line in textwrap.wrap(given, _LINE) or [""]]


def _shown(lines: Sequence[str]) -> bytes:
    """The operators that write the lines, from the top of the page."""
    if not any(lines):
        return b"0 0 100 100 re f"
    told = b" T*\n".join(b"(%s) Tj" % _escaped(line) for line in lines)
    return b"BT /F1 10 Tf %d TL 40 %d Td\n%s\nET" % (_LEADING, _TOP, told)


def _escaped(line: str) -> bytes:
    return line.encode("cp1252", "replace").replace(b"\\", rb"\\").replace(b"(", rb"\(").replace(b")", rb"\)")


def _stream(data: bytes) -> bytes:
    packed = zlib.compress(data)
    return b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(packed), packed)


def _outlined(outline: Sequence[tuple[str, int]], first: int) -> list[bytes]:
    """The outline's root as object ``first``, then its entries, each beside the one before."""
    if not outline:
        return []
    last = first + len(outline)
    entries = [
        b"<< /Type /Outlines /First %d 0 R /Last %d 0 R /Count %d >>" % (first + 1, last, len(outline))
    ]
    for at, (title, page) in enumerate(outline, first + 1):
        beside = b"" if at == last else b" /Next %d 0 R" % (at + 1)
        entries.append(
            b"<< /Title (%s) /Parent %d 0 R /Dest [%d 0 R /Fit]%s >>"
            % (_escaped(title), first, 4 + 2 * page, beside)
        )
    return entries


def _written(objects: Sequence[bytes], title: str) -> bytes:
    """Header, numbered objects, the table of where they stand, and the trailer."""
    made, places = bytearray(b"%PDF-1.7\n"), []
    for number, told in enumerate((*objects, b"<< /Title (%s) >>" % _escaped(title)), 1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, told)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(places) + 1
    trailer = b"<< /Size %d /Root 1 0 R /Info %d 0 R >>" % (size, len(places))
    head = b"xref\n0 %d\n0000000000 65535 f \n" % size
    return b"%s%s%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (made, head, table, trailer, len(made))
