"""A source is opened at its passage, for whoever may read it."""

import json
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest
from bs4 import BeautifulSoup

from app.rag.chat_record import Record, data_of
from app.rag.source_part import SourcePart
from app.rag.source_view import AROUND, Head, Place, source_html
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.rag.places import LESSONS
from pipelines.rag.records import StoredChunk
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.support.rag_fakes import TEXT, WIDE, answer_of, passages_of, rag_services


@pytest.fixture
def services(settings):
    return rag_services(settings)


@pytest.fixture
def part(services):
    with gr.Blocks():
        return SourcePart(services)


@pytest.fixture
def chat(services):
    """Eve's, with an answer at 1."""
    moment = answer_of(passages_of(services.rag, LESSONS, "eve"))
    made = services.rag.chats.create("eve", LESSONS, "one").id
    services.rag.chats.append(made, "eve", "user", "one", {})
    record = Record(moment, SearchSpec(), AnswerSpec(), LESSONS)
    services.rag.chats.append(made, "eve", "assistant", moment.text, data_of(record))
    return made


def page_of(html):
    return BeautifulSoup(html, "html.parser")


def test_a_citation_opens_the_whole_text_at_its_passage(part, chat):
    page = page_of(part.opened({"chat": chat, "at": 1, "claim": 0}, "eve"))
    assert page.select_one(".gw-rag-document").text == TEXT
    assert page.mark.text == TEXT[WIDE : 2 * WIDE]
    assert page.strong.text == TEXT[WIDE + 2 : WIDE + 14]
    assert "passage 2 of 3" in page.header.text and "Sky" in page.header.text


def test_the_extract_and_a_source_open_too(part, chat):
    extract = page_of(part.opened({"chat": chat, "at": 1, "extract": True}, "eve"))
    assert extract.strong.text == TEXT[WIDE + 5 : WIDE + 11]
    source = page_of(part.opened({"chat": chat, "at": 1, "place": 2}, "eve"))
    assert source.mark.text == TEXT[2 * WIDE :] and source.strong is None


def test_the_buttons_lead_through_the_document(part, services):
    document = services.rag.held[LESSONS][0].id
    place = {"collection": LESSONS, "document": document, "position": 0}
    seen = []
    while place:
        page = page_of(part.opened(place, "eve"))
        seen.append(page.mark.text)
        following = page.select_one("[data-step=next]:not([disabled])")
        place = json.loads(following["data-source"]) if following else None
    assert "".join(seen) == TEXT and page.h3.text == "sun.md"


def test_what_has_changed_or_gone_is_shown_as_the_answer_had_it(part, chat, services):
    document = services.rag.held[LESSONS][0].id
    services.rag.texts[document] = "Something else now."
    html = part.opened({"chat": chat, "at": 1, "claim": 0}, "eve")
    assert "has changed since" in html and page_of(html).mark.text == TEXT[WIDE : 2 * WIDE]
    services.rag.held[LESSONS].clear()
    html = part.opened({"chat": chat, "at": 1, "claim": 0}, "eve")
    assert "not there any more" in html and page_of(html).strong.text == TEXT[WIDE + 2 : WIDE + 14]


@pytest.mark.parametrize("place", [{"claim": 9}, {"claim": -1}, {"place": 99}, {"claim": "0"}, {}])
def test_an_answer_has_no_other_sources(part, chat, place):
    with pytest.raises(NotFoundError):
        part.opened({"chat": chat, "at": 1, **place}, "eve")


@pytest.mark.parametrize(
    "data",
    [
        {"chat": 3},
        {"chat": "x", "at": "1"},
        {"chat": "x", "at": True},
        {"collection": None},
        {"collection": "x"},
    ],
)
def test_what_is_no_place_is_refused_by_name(part, data):
    with pytest.raises(SpecError):
        part.opened(data, "eve")


def test_nobody_else_reads_it(part, chat, services):
    with pytest.raises(NotFoundError):
        part.opened({"chat": chat, "at": 1, "claim": 0}, "mallory")
    with pytest.raises(NotFoundError):
        part.prompt({"chat": chat, "at": 1}, "mallory")
    services.rag.kept["secret"] = replace(services.rag.kept[LESSONS], id="secret", owner="eve")
    services.rag.held["secret"] = []
    made = services.rag.put("secret", "diary.md", "dear diary")
    place = {"collection": "secret", "document": made.id, "position": 0}
    assert "dear diary" in part.opened(place, "eve")
    with pytest.raises(NotFoundError):
        part.opened(place, "mallory")


def test_a_fault_is_shown_in_place(part, monkeypatch):
    monkeypatch.setattr("app.rag.source_part.gr.Request", lambda request: request)
    asked = part._function("rag_source", part.opened)
    request = SimpleNamespace(headers={"x-glassworks-visitor": "eve"})
    assert "accepts an object" in asked(["no"], request)
    assert "gw-rag-failed" in asked({"chat": "nope", "at": 1}, request)


def test_of_a_long_document_the_surroundings_are_shown_and_every_character_escaped():
    text = "<b>&x</b>" * 5000
    chunk = StoredChunk("c", "d", 0, 20_000, 20_100, 9, 0, "", 0)
    page = page_of(
        source_html(Head("<i>", "c", "d"), text, Place(20_000, 20_100, 20_010, 20_020), [chunk], 0)
    )
    shown = page.select_one(".gw-rag-document").text
    assert shown == f"… {text[20_000 - AROUND : 20_100 + AROUND]} …" and not page.find_all(["b", "i"])
    assert page.strong.text == text[20_010:20_020]
