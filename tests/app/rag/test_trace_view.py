"""The trace as HTML: what it says, that a line joins the same passage, and that no text becomes markup."""

import json
import re
from html import unescape

from app.rag.trace_table import table_html
from app.rag.trace_view import EMPTY, trace_html
from tests.support.rag_found import found, hybrid, passage, stage

EVIL = '<img src=x onerror=alert(1)> & "quotes"'


def test_nothing_searched_and_nothing_found():
    assert trace_html(None) == EMPTY and "Nothing was searched" in table_html(None)
    assert "No stage has found" in trace_html(found(hits=()))


def test_every_chip_says_what_it_shows():
    html = trace_html(hybrid(), "c1")
    labels = re.findall(r'aria-label="(rank[^"]*)"', html)
    assert "rank 1, d2.txt · 1, score 1.00, up 3, in the prompt" in labels
    assert "rank 3, d2.txt · 2, score 0.333, down 1" in labels
    assert html.count('aria-pressed="false"') == len(labels) == 3 + 2 + 4 + 4 + 2


def test_a_passage_has_one_number_everywhere():
    html = trace_html(hybrid(), "c1")
    chips = dict(
        re.findall(r'data-passage="(\d+)" aria-pressed="false" aria-label="rank \d+, ([^,]*),', html)
    )
    assert len(chips) == len(set(chips.values())) == 4
    assert sorted(re.findall(r'data-of="(\d+)"', html)) == sorted(chips)


def test_lines_join_the_places_of_a_passage():
    html = trace_html(found(stage("bm25", "d1.0", "d1.1"), stage("dense", "d1.1", "d1.0"), hits=("d1.0",)))
    first = html.split("<svg")[1].split("</svg>")[0]
    assert 'd="M0 0.5C.5 0.5 .5 1.5 1 1.5"' in first and 'd="M0 1.5C.5 1.5 .5 0.5 1 0.5"' in first
    assert 'viewBox="0 0 1 2"' in first


def test_a_stage_that_has_found_nothing_says_so():
    html = trace_html(found(stage("bm25"), stage("dense", "d1.0"), hits=("d1.0",)))
    assert html.count("nothing</p>") == 1 and "nothing</p>" in html.split('data-stage="dense"')[0]


def test_lines_count_the_gaps():
    ids = tuple(f"d1.{n}" for n in range(40))
    html = trace_html(found(stage("bm25", *ids), hits=("d1.30",)))
    lines = html.split("<svg")[1].split("</svg>")[0]
    assert 'd="M0 13.5C' in lines, "twelve ranks and a gap stand above it"


def test_the_sentence_counts():
    html = trace_html(hybrid())
    assert "2 of 1,234 passages reach the prompt; of these BM25 alone brings 1, dense alone brings 1." in html
    assert "1 of 1,234 passages reached the prompt" in trace_html(hybrid(), used=("d1.0",))


def test_texts_and_names_are_escaped():
    evil = hybrid(
        passages=tuple(
            passage(one, EVIL, name=EVIL, heading=EVIL) for one in ("d1.0", "d1.1", "d2.0", "d2.1")
        )
    )
    for html in (trace_html(evil, "c1"), table_html(evil)):
        assert "<img" not in html and "&lt;img" in html


def test_a_source_is_opened_by_its_place():
    html = trace_html(hybrid(), "c1")
    links = [json.loads(unescape(one)) for one in re.findall(r'data-source="([^"]*)"', html)]
    assert {"collection": "c1", "document": "d1", "position": 1} in links and len(links) == 4
    assert "data-source" not in trace_html(hybrid()), "without a collection there is nothing to open"


def test_a_passage_that_is_not_known_breaks_nothing():
    assert "rank 1, passage" in trace_html(hybrid(passages=()))


def test_the_table_says_the_same_without_pictures():
    html = table_html(hybrid())
    first = re.search(r"<tbody><tr>(.*?)</tr>", html)[1]
    assert first.startswith('<th scope="row">d2.txt · 1</th>') and first.endswith("<td>1</td>")
    assert "<td><b>3</b> <small>0.333</small></td><td>–</td><td><b>4</b>" in first
    assert "2.0 ms, 3 passages: what bm25 does" in html and "12 ms" in html


def test_a_long_table_is_cut():
    ids = tuple(f"d1.{n}" for n in range(130))
    assert "And 30 more" in table_html(found(stage("dense", *ids), hits=("d1.0",)))
