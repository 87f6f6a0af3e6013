"""The columns as HTML: all of the text in each, the right chunks in the right places, nothing unescaped."""

import json
import re
from html import unescape

import pytest
from bs4 import BeautifulSoup

from app.rag.chunkers_numbers import numbers_of
from app.rag.chunkers_view import EMPTY, columns_html
from pipelines.common.sentences import sentences_of
from pipelines.rag.chunking.marked import marked
from pipelines.rag.specs import CHUNKERS, ChunkSpec
from tests.support.chunking import ChunkRag, rough_document

EVIL = "# <script>alert(1)</script> & \"x\"\n\n</div><img src=x onerror='alert(2)'> &amp; more.\n\n" * 3


def drawn(text, page=None, methods=CHUNKERS, size=24, overlap=8):
    specs = [ChunkSpec(method, size, overlap) for method in methods]
    found = ChunkRag().chunked(text, "x.md", specs)
    sentences = sentences_of(text)
    done = [(specs[one.place], one, numbers_of(one, sentences)) for one in found]
    return columns_html(text, page or (0, len(text)), done, size), done


def soup_of(html):
    return BeautifulSoup(html, "html.parser", preserve_whitespace_tags={"div"})


def columns(html):
    return soup_of(html).select(".gw-cuts-text")


@pytest.mark.parametrize("seed", range(6))
def test_each_column_has_all_of_the_text_and_each_letter_its_chunks(seed):
    text = rough_document(seed).text
    html, done = drawn(text)
    for column, (_, one, _) in zip(columns(html), done, strict=True):
        assert column.get_text() == text
        place = 0
        for node in column.children:
            words = node.get_text()
            held = [int(n) for n in node["data-c"].split()] if getattr(node, "attrs", None) else []
            for at in (place, place + len(words) - 1):
                assert held == [n for n, (a, b, *_) in enumerate(one.bounds) if a <= at < b]
            place += len(words)


def test_each_chunk_has_its_number_once_and_its_story():
    html, done = drawn("One two three. " * 60, methods=("recursive",))
    (column,), one = columns(html), done[0][1]
    assert [int(n["data-n"]) for n in column.select("[data-n]")] == list(range(1, len(one.bounds) + 1))
    told = json.loads(column["data-told"])
    assert len(told) == len(one.bounds) and column["data-first"] == "0"
    assert told[0] == f"Chunk 1 · {one.bounds[0, 2]} tokens"
    assert f"{one.bounds[1, 3]} characters repeated" in told[1]


def test_what_two_chunks_share_is_hatched_and_nothing_else():
    html, done = drawn("One two three. " * 60, methods=("recursive",))
    shared = sum(len(node.get_text()) for node in columns(html)[0].select(".gw-band-twice"))
    assert shared == done[0][1].bounds[:, 3].sum() > 0
    html, _ = drawn("One two three. " * 60, methods=("recursive",), overlap=0)
    assert "gw-band-twice" not in html


def test_a_page_is_its_stretch_of_the_text_with_the_chunks_of_all():
    text = rough_document(3).text * 3
    _, done = drawn(text, methods=("recursive",))
    middle = len(text) // 2
    html, _ = drawn(text, (middle, len(text)), ("recursive",))
    column, bounds = columns(html)[0], done[0][1].bounds
    first = int(column["data-first"])
    assert column.get_text() == text[middle:]
    assert first == sum(end <= middle for end in bounds[:, 1])
    assert len(json.loads(column["data-told"])) == len(bounds) - first
    assert {int(n) for node in column.select("[data-c]") for n in node["data-c"].split()} == set(
        range(first, len(bounds))
    )


def test_nothing_of_the_text_is_html():
    html, _ = drawn(EVIL)
    soup = soup_of(html)
    assert not soup.select("script, img") and html.count("<div") == html.count("</div")
    assert all(column.get_text() == EVIL for column in columns(html))
    told = json.loads(columns(html)[3]["data-told"])
    assert "<script>" in told[0], "the heading is told, as text"
    assert not re.search(r"<(?!/?(?:div|span|section|h4|dl|dt|dd|b|i)\b)", html)
    assert "alert(1)" in unescape(html)


def test_numbers_and_sizes_stand_above():
    html, done = drawn("One two three. " * 60, methods=("fixed",), size=40)
    soup = soup_of(html)
    facts = dict(zip((n.text for n in soup.select("dt")), (n.text for n in soup.select("dd")), strict=True))
    numbers = done[0][2]
    assert (
        facts["Chunks"] == str(numbers.chunks) and facts["min to max"] == f"{numbers.least} to {numbers.most}"
    )
    assert facts["Sentences cut"] == f"{numbers.cut:.0%}" and facts["Time"].endswith("s")
    bars = soup.select(".gw-cuts-sizes i")
    assert len(bars) == 24 and any(bar["style"] == "height: 100%" for bar in bars)


def test_without_chunkers_there_is_a_hint():
    assert columns_html("x", (0, 1), [], 10) == EMPTY


def test_the_headings_of_a_document_are_told():
    text = "# A\n\nSome words.\n\n## B\n\n" + "And more of them. " * 20
    assert marked(text, "x.md").marks
    html, _ = drawn(text, methods=("headings",))
    assert "A › B" in json.loads(columns(html)[0]["data-told"])[-1]
