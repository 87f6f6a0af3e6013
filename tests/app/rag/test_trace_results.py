"""Passages with their sources, and the question's words marked in them."""

from app.rag.trace_results import EMPTY, marked_html, results_html
from pipelines.rag.answering.words import content
from tests.support.rag_found import found, hybrid, passage, stage


def test_states():
    assert results_html(None) == EMPTY
    nothing = results_html(found(hits=(), answerable=0.0, index="none"))
    assert "No passage fits" in nothing and "0 of 1,234 passages" in nothing and "index" not in nothing


def test_hits_stand_in_their_order_with_ranks_of_both_retrievers():
    html = results_html(hybrid(), "c1")
    assert html.index("Text of d2.0") < html.index("Text of d1.0")
    assert "<span>BM25 3</span>" in html and "<span>BM25 1 · Dense 2</span>" in html
    assert "87 %</b> probable" in html and "exact index" in html


def test_words_are_marked_by_their_stems():
    wanted = frozenset(content("Why did the foxes run?"))
    assert (
        marked_html("A fox <runs> the race.", wanted)
        == "A <mark>fox</mark> &lt;<mark>runs</mark>&gt; the race."
    )
    assert marked_html("nothing here & there", wanted) == "nothing here &amp; there"


def test_texts_are_escaped_and_a_source_can_be_opened():
    evil = "<script>alert(1)</script> fox"
    html = results_html(
        hybrid(passages=tuple(passage(one, evil, name=evil) for one in ("d1.0", "d1.1", "d2.0", "d2.1"))), "c"
    )
    assert "<script" not in html and "&lt;" in html and "<mark>fox</mark>" in html
    assert "data-source" in html and "data-source" not in results_html(hybrid())


def test_where_a_passage_stands_is_said():
    one = found(
        stage("bm25", "d1.4"), hits=("d1.4",), passages=(passage("d1.4", page=7, heading="Foxes › Dens"),)
    )
    assert "page 7 · Foxes › Dens · passage 5" in results_html(one)
