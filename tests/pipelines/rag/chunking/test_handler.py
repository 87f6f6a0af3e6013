"""What the worker answers when a text is to be cut in several ways."""

import numpy as np
import pytest

from pipelines.core.errors import SpecError
from pipelines.rag.answers import ChunkedBy
from pipelines.rag.chunking.handler import chunk
from pipelines.rag.documents.document import Document, Mark
from pipelines.rag.requests import MAX_CHUNKED_CHARS, ChunkRequest
from pipelines.rag.specs import CHUNKERS, MINILM, ChunkSpec
from pipelines.runtime.codec import decode, encode
from pipelines.runtime.messages import Waiting
from pipelines.runtime.operations import RETRIEVAL
from tests.support.chunking import ChunkLibrary, chunks_of, plain_counter, rough_document

TEXT = "# Tides\n\nThe moon makes them. The sun helps. " * 20
SPECS = tuple(ChunkSpec(method, 24, 8) for method in CHUNKERS)


def answers(request, library=None):
    events = list(chunk(request, library or ChunkLibrary(plain_counter())))
    return [one for one in events if isinstance(one, ChunkedBy)], events


def test_an_answer_for_each_spec_as_cut_gives_it():
    library = ChunkLibrary(plain_counter())
    document = rough_document(4)
    request = ChunkRequest(document.text, "x.md", SPECS, "some/model", document.marks)
    found, events = answers(request, library)
    assert [one.place for one in found] == [0, 1, 2, 3, 4] and library.asked == ["some/model"]
    assert isinstance(events[0], Waiting) and events.count(None) >= 10
    for spec, one in zip(SPECS, found, strict=True):
        cuts = chunks_of(document, plain_counter(), library.encoder.embed, **spec.to_dict())
        assert one.bounds.dtype == np.int64
        assert one.bounds.tolist() == [[c.start, c.end, c.tokens, c.overlap] for c in cuts]
        assert one.headings == tuple(c.heading for c in cuts) and one.limit == 64
        counter, text = plain_counter(), document.text
        assert one.repeated == sum(counter.count(text[c.start : c.start + c.overlap]) for c in cuts)


def test_repeated_tokens_are_those_that_are_too_many():
    (found,), _ = answers(ChunkRequest("word " * 500, "x", (ChunkSpec("fixed", 50, 20),)))
    assert found.repeated == found.bounds[:, 2].sum() - 500


def test_without_marks_it_is_markdown_and_minilm_counts():
    library = ChunkLibrary(plain_counter())
    (found,), _ = answers(ChunkRequest(TEXT, "pasted.md", (ChunkSpec("headings", 24, 0),)), library)
    assert set(found.headings) == {"Tides"} and library.asked == [MINILM]


def test_with_marks_only_those_count():
    (found,), _ = answers(ChunkRequest(TEXT, "x.pdf", (ChunkSpec("headings", 24, 0),), "", ()))
    assert set(found.headings) == {""}


def test_a_text_of_spaces_has_no_chunks():
    (found,), _ = answers(ChunkRequest("  \n", "x", (ChunkSpec(),)))
    assert found.bounds.shape == (0, 4) and found.headings == () and found.repeated == 0


@pytest.mark.parametrize("specs", [(), SPECS * 3])
def test_so_many_chunkers_are_refused(specs):
    with pytest.raises(SpecError, match="chunkers accepts 1 to 10"):
        ChunkRequest("x", "x", specs)


def test_a_longer_text_is_refused():
    ChunkRequest("x" * MAX_CHUNKED_CHARS, "x", SPECS)
    with pytest.raises(SpecError, match="200,000"):
        ChunkRequest("x" * (MAX_CHUNKED_CHARS + 1), "x", SPECS)


def test_question_and_answer_cross_between_the_processes():
    request = ChunkRequest("One. Two.", "x", SPECS, "", (Mark("heading", 0, 4, "One", 1),))
    (found, *_), _ = answers(request)
    types = RETRIEVAL.message_types()
    assert crossed(request, types) == request
    back = crossed(found, types)
    assert back.bounds.tolist() == found.bounds.tolist() and back.headings == found.headings


def crossed(message, types):
    data = memoryview(b"".join(bytes(part) for part in encode(1, message, types)))
    place = 0

    def read(into: memoryview) -> None:
        nonlocal place
        into[:] = data[place : place + len(into)]
        place += len(into)

    return decode(read, types)[1]


def test_pages_and_headings_of_a_read_document_are_used():
    text = "Preface here.\n\nTides\n\nThe moon makes them."
    marks = (Mark("page", 0, 20, "1"), Mark("page", 20, 60, "2"), Mark("heading", 15, 20, "Tides", 2))
    chunks = chunks_of(
        Document("x", "pdf", "x", text, marks, 2),
        plain_counter(),
        method="headings",
        chunk_size=16,
        chunk_overlap=0,
    )
    (one,) = chunks
    assert (one.heading, one.page) == ("", 1)
