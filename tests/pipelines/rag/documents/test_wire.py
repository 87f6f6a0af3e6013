"""From the process that reads to the one that asked: the same document, and nothing that is none."""

import io
import json
import random

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.document import Document, Mark
from pipelines.rag.documents.wire import read_document_from, write_document, write_error

MARKS = (Mark("page", 0, 9, "1"), Mark("heading", 0, 5, "Tides", 1))
DOCUMENT = Document("a.pdf", "pdf", "Tides – 潮", "Tides\n\nturn \U0001f680.", MARKS, 1, ("a note",))


def sent(document: Document) -> bytes:
    out = io.BytesIO()
    write_document(out, document)
    return out.getvalue()


def received(data: bytes) -> Document:
    return read_document_from(io.BytesIO(data), "a.pdf", "pdf")


def test_there_and_back():
    assert received(sent(DOCUMENT)) == DOCUMENT


def test_an_error_is_raised_with_its_words():
    out = io.BytesIO()
    write_error(out, "a.pdf: it is empty – sorry")
    with pytest.raises(GlassworksError, match=r"^a\.pdf: it is empty – sorry$"):
        received(out.getvalue())


HEADER = {"title": "", "pages": 0, "notes": [], "marks": []}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"[]\nabc",
        b"{}\nabc",
        b"null\n",
        b"\xff\xff",
        json.dumps(HEADER).encode() + b"\n\xff",
        json.dumps({**HEADER, "marks": [["page", 0, 9, "1", 0]]}).encode() + b"\nabc",
        json.dumps({**HEADER, "marks": [["page", 2, 1, "1", 0]]}).encode() + b"\nabc",
        json.dumps({**HEADER, "marks": [["other", 0, 1, "1", 0]]}).encode() + b"\nabc",
        json.dumps({**HEADER, "marks": [["page", 0]]}).encode() + b"\nabc",
        json.dumps({**HEADER, "marks": 3}).encode() + b"\nabc",
    ],
)
def test_what_is_no_answer_is_a_value_error(data):
    with pytest.raises(ValueError):
        received(data)


def test_an_answer_that_was_cut_or_changed_is_a_document_or_an_error():
    rng, whole = random.Random(3), sent(DOCUMENT)
    for _ in range(300):
        data = bytearray(whole[: rng.randint(0, len(whole))])
        for _ in range(rng.randint(0, 3)):
            if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            found = received(bytes(data))
        except (ValueError, GlassworksError):
            continue
        assert all(0 <= m.start < m.end <= len(found.text) for m in found.marks)
