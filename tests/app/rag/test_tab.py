"""The tab as a whole: its settings and its links; an answer's search shown where searches are shown."""

import json
import random
from dataclasses import fields, replace
from urllib.parse import urlencode

import gradio as gr
import pytest
from gradio.utils import deep_hash

from app.rag.chat_record import Record, data_of
from app.rag.tab import EXAMPLES, RETRIEVAL, RagChat
from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.rag.places import LESSONS
from pipelines.rag.specs import AnswerSpec, SearchSpec
from tests.support import workshop
from tests.support.rag_fakes import answer_of, event_of, passages_of, rag_services

asked_by = workshop.asked_by


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    """Built once: its callbacks change nothing of it."""
    from pipelines.core.settings import Settings

    settings = Settings(home=tmp_path_factory.mktemp("home"))
    settings.make_folders()
    services = rag_services(settings)
    with gr.Blocks(), gr.Tabs(), gr.Tab("RAG"):
        made = RagChat(services)
        made.wire()
    made.services = services
    return made


def given(tab, search=SearchSpec(), answer=AnswerSpec(), **more):  # noqa: B008
    shown = tab.settings.shown(search, answer)
    return {**shown, tab.collections.collection: LESSONS, tab.chat.question: more.get("question", "")}


def some_specs(seed):
    """Specs with a few fields changed."""
    chance = random.Random(seed)

    def changed(cls):
        values = {}
        for name, knob in knobs(cls).items():
            start = getattr(cls(), name)
            if chance.random() < 0.4:
                if knob.choices:
                    values[name] = chance.choice(knob.choices)
                elif isinstance(start, bool):
                    values[name] = not start
                elif isinstance(start, int):
                    values[name] = chance.randint(int(knob.low), min(int(knob.high), 50))
                elif isinstance(start, float):
                    values[name] = round(chance.uniform(knob.low, knob.high), 2)
                elif isinstance(start, str) and name != "pages":
                    values[name] = "a b"
        return cls(**values)

    return changed(SearchSpec), changed(AnswerSpec)


def test_the_form_has_every_field_of_both_specs(tab):
    known = {*tab.settings._search.components, "kinds"}
    assert known == {field.name for field in fields(SearchSpec)}
    known = {*tab.settings._answer.components, "model", "qa_model"}
    assert known == {field.name for field in fields(AnswerSpec)}


def test_as_it_stands_first_the_form_asks_for_what_the_specs_are(tab):
    form = {one: one.value for one in tab.settings.inputs}
    assert (tab.settings.search(form), tab.settings.answer(form)) == (SearchSpec(), AnswerSpec())


@pytest.mark.parametrize("seed", range(20))
def test_what_is_shown_is_read_again(tab, seed):
    search, answer = some_specs(seed)
    search = replace(search, kinds=("pdf", "code"), documents=("a.md", "b.md"), pages="3-4")
    form = given(tab, search, answer)
    assert (tab.settings.search(form), tab.settings.answer(form)) == (search, answer)


def test_a_value_out_of_range_is_refused_by_name(tab):
    form = given(tab)
    form[tab.settings._search.components["top_k"]] = 0
    with pytest.raises(SpecError, match="top_k accepts"):
        tab.settings.search(form)


@pytest.mark.parametrize("seed", range(20))
def test_a_link_restores_question_and_settings(tab, asked_by, seed):
    search, answer = some_specs(seed)
    question = "Why? & <b>how</b> ünd #1"
    names = ("collection", "question", "search", "answer")
    told = dict(zip(names, json.loads(tab._link(given(tab, search, answer, question=question))), strict=True))
    query = {name: value for name, value in told.items() if value is not None}
    assert query["collection"] == LESSONS and len(urlencode(query)) < 4000
    updates = tab._linked(asked_by("eve", tab="rag", **query))
    assert updates[tab.chat.question] == question
    assert (tab.settings.search(updates), tab.settings.answer(updates)) == (search, answer)


def test_a_link_holds_only_what_is_not_usual(tab):
    assert json.loads(tab._link(given(tab))) == [LESSONS, None, None, None]


@pytest.mark.parametrize(
    "query",
    [
        {"search": "no json"},
        {"search": '{"top_k": 9999}'},
        {"answer": '{"unknown": 1}'},
        {"search": "[" * 9000},
    ],
)
def test_what_does_not_fit_is_left_out_of_a_link(tab, asked_by, query):
    updates = tab._linked(asked_by("eve", tab="rag", question="Why?", **query))
    assert updates[tab.chat.question] == "Why?"
    assert (tab.settings.search(updates), tab.settings.answer(updates)) == (SearchSpec(), AnswerSpec())


def test_a_link_to_another_tab_or_a_very_long_one_changes_nothing(tab, asked_by):
    assert tab._linked(asked_by("eve", tab="decoding", question="x")) == {}
    assert tab._linked(asked_by("eve", tab="rag", search="x" * 30_000)) == {}


def test_the_search_of_an_answer_is_shown_to_whoever_asked(tab, asked_by):
    chats = tab.services.rag.chats
    moment = answer_of(passages_of(tab.services.rag, LESSONS, "eve"))
    chat = chats.create("eve", LESSONS, "one").id
    chats.append(chat, "eve", "user", "one", {})
    chats.append(
        chat, "eve", "assistant", moment.text, data_of(Record(moment, SearchSpec(), AnswerSpec(), LESSONS))
    )
    pressed = event_of(does=RETRIEVAL, at="1")
    shown, view = tab._traced(chat, asked_by("eve"), pressed)
    assert view == RETRIEVAL and shown.found == moment.found and shown.used == moment.used
    again, _ = tab._traced(chat, asked_by("eve"), pressed)
    assert deep_hash(again) != deep_hash(shown), "the same search once more would not be drawn"
    for request, event in (
        (asked_by("mallory"), pressed),
        (asked_by("eve"), event_of(does=RETRIEVAL, at="0")),
    ):
        assert tab._traced(chat, request, event) == (gr.skip(), gr.skip())


def test_there_is_something_to_press_for_the_lessons():
    assert 3 <= len(EXAMPLES[LESSONS]) <= 4
