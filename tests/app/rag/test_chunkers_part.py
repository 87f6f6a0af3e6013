"""The part's callbacks over a service in memory: what is cut, drawn, refused and turned over."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.rag.chunkers_asking import PAGE
from app.rag.chunkers_part import ChunkersPart, _turning
from pipelines.rag.documents.document import Mark
from pipelines.rag.requests import MAX_CHUNKED_CHARS
from tests.support.chunking import ChunkRag, plain_counter
from tests.support.workshop import Header

LONG = "Tides\n\n" + "The moon makes them, and the sun helps a little. " * 900


@pytest.fixture
def rag():
    return ChunkRag(LONG, (Mark("heading", 0, 5, "Tides", 1),))


@pytest.fixture
def part(rag):
    with gr.Blocks(analytics_enabled=False) as page:
        collection, view = gr.Textbox("c1", visible="hidden"), gr.Radio(["chat", "chunks"], value="chat")
        made = ChunkersPart(SimpleNamespace(rag=rag, identity=Header()))
        made.wire(collection, view)
    made.page = page
    return made


def by(name="eve"):
    return SimpleNamespace(headers={"x-glassworks-visitor": name}, query_params={})


def given(part, collection="c1", source="", methods=("fixed", "recursive"), size=30, overlap=8, **more):
    held = {part._collection: collection, part.source: source, part.text: part.text.value}
    held |= {part.methods: list(methods), part.size: size, part.overlap: overlap, part.percentile: 90}
    return held | {getattr(part, name): value for name, value in more.items()}


def cut(part, visitor="eve", **asked):
    first, last = part._cut(given(part, **asked), by(visitor))
    assert "Cutting" in first[part.status]
    return last


def test_the_example_is_cut_at_the_first_look_and_not_again(part):
    asked = given(part) | {part._view: "chunks", part.cuts: None}
    *_, last = part._seen(asked, by())
    assert last[part.columns].count("gw-cuts-text") == 2 and "tide tables" in last[part.columns]
    assert list(part._seen(asked | {part.cuts: last[part.cuts]}, by())) == [gr.skip()]
    assert list(part._seen(asked | {part._view: "chat"}, by())) == [gr.skip()]


def test_the_columns_are_in_the_chunkers_own_order(part):
    last = cut(part, methods=("semantic", "fixed"))
    assert [spec.method for spec, *_ in last[part.cuts].done] == ["fixed", "semantic"]


def test_a_document_is_cut_with_its_marks_and_its_collections_model(part, rag):
    last = cut(part, source="d1", methods=("headings",))
    assert rag.library.asked == ["some/encoder"]
    assert last[part.cuts].text == LONG and set(last[part.cuts].done[0][1].headings) == {"Tides"}
    assert "characters" in last[part.status] and last[part.note] == ""


def test_a_long_text_has_pages(part):
    last = cut(part, source="d1")
    cuts = last[part.cuts]
    assert len(cuts.pages) > 3 and last[part.pager].visible
    assert not last[part.back].interactive and last[part.on].interactive
    assert all(end - begin <= PAGE for begin, end in cuts.pages)
    second = _turning(1)(cuts)
    drawn = part._drawn(second)
    assert second.page == 1 and f"shown: {second.pages[1][0] + 1:,}" in drawn[part.status]
    assert _turning(-1)(cuts).page == 0 and _turning(1)(_turning(99)(cuts)).page == len(cuts.pages) - 1
    assert _turning(1)(None) is None and part._drawn(None) == gr.skip()


def test_of_a_very_long_document_the_beginning(part, rag):
    rag.held = "word " * 50_000
    rag._marks = (Mark("heading", 0, 4, "word", 1), Mark("heading", 220_000, 220_004, "late", 1))
    last = cut(part, source="d1", methods=("fixed",), size=200)
    assert "The first 200,000 of 250,000 characters" in last[part.note]
    assert len(last[part.cuts].text) == MAX_CHUNKED_CHARS


def test_a_size_above_what_the_model_reads_is_said(part):
    last = cut(part, size=400, overlap=10)
    assert "reads 64 tokens" in last[part.note] and "not 400" in last[part.note]
    assert (
        last[part.cuts].size == 64 and 'aria-label="Sizes of the chunks, from 1 to 64' in last[part.columns]
    )


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"methods": ()}, "chunkers accepts one or more"),
        ({"text": "  \n"}, "text accepts a text with some words"),
        ({"text": "x" * (MAX_CHUNKED_CHARS + 1)}, "at most 200,000 characters"),
        ({"size": 20, "overlap": 15}, "chunk_overlap accepts at most half"),
        ({"size": None}, "chunk_size accepts"),
        ({"source": "d9"}, "no such document"),
        ({"collection": "c9", "source": "d1"}, "no such collection"),
    ],
)
def test_what_does_not_fit_is_said_and_what_stood_there_stays(part, asked, said):
    last = cut(part, **asked)
    assert list(last) == [part.status] and said in last[part.status] and 'role="alert"' in last[part.status]


def test_an_unknown_chunker_is_not_taken(part):
    assert "chunkers accepts one" in cut(part, methods=("evil",))[part.status]


def test_anothers_collection_is_no_one_elses(part):
    assert "no such collection" in cut(part, visitor="mallory", source="d1")[part.status]
    assert "no such collection" in cut(part, visitor="mallory")[part.status]
    source, text = part._listed("c1", "d1", by("mallory"))
    assert [value for _, value in source["choices"]] == [""] and source["value"] == "" and text.visible


def test_without_a_collection_ones_own_text_is_cut_all_the_same(part, rag):
    assert cut(part, collection="")[part.cuts].done
    assert rag.library.asked == ["sentence-transformers/all-MiniLM-L6-v2"]


def test_documents_that_were_read_can_be_chosen(part):
    source, text = part._listed("c1", "d1", by())
    assert [value for _, value in source["choices"]] == ["", "d1"]
    assert "value" not in source and not text.visible


def test_text_of_a_document_is_escaped(part, rag):
    rag.held = "<script>alert(1)</script> is written here."
    html = cut(part, source="d1")[part.columns]
    assert "<script>" not in html and "&lt;script&gt;" in html


def test_a_part_without_a_view_can_be_wired():
    with gr.Blocks(analytics_enabled=False):
        made = ChunkersPart(SimpleNamespace(rag=ChunkRag("x", (), plain_counter()), identity=Header()))
        made.wire(gr.Textbox("c1"))
