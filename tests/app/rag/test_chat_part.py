"""The chat's callbacks as the browser would call them: what is asked, kept, dropped and left."""

import json
import re
import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import pytest

from app import runs
from app.rag import chat_runs
from app.rag.chat_exchange import Wanted, begun, kept
from app.rag.chat_part import ChatPart
from app.rag.chat_record import record_of
from app.rag.documents_collections import CollectionsPart
from app.rag.settings_part import SettingsPart
from app.signal import signal
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.rag.answering.moments import Moment
from pipelines.rag.places import LESSONS
from pipelines.rag.specs import QA_MODEL, AnswerSpec, CollectionSpec, SearchSpec
from tests.support import workshop
from tests.support.rag_fakes import answer_of, emptied, event_of, passages_of, rag_services, told

asked_by = workshop.asked_by
SPECS = SearchSpec(), AnswerSpec()


@pytest.fixture(scope="module")
def built():
    services = rag_services()
    with gr.Blocks():
        collections, choices = CollectionsPart(services), SettingsPart(services)
        made = ChatPart(services, collections, {LESSONS: ("Why?",)})
        made.wire(choices, signal())
    made.services, made.choices, made.collections = services, choices, collections
    return made


@pytest.fixture
def services(built, settings, monkeypatch):
    made = emptied(built.services, settings)
    monkeypatch.setattr(chat_runs, "asked", told(made.rag))
    return made


@pytest.fixture
def part(built, services):
    return built


def given(part, question="", chat="", collection=LESSONS, **changed):
    fields = {component: component.value for component in part.choices.inputs}
    named = {
        component: changed[name]
        for name, component in part.choices._answer.components.items()
        if name in changed
    }
    return {
        **fields,
        **named,
        part.chat: chat,
        part.collections.collection: collection,
        part.question: question,
    }


def ask(part, request, question="", chat="", **told_by):
    """(what the page shows at first, what it shows once the answer is over, the chat's id)"""
    first = part._ask(given(part, question, chat), request, event_of(**told_by))
    if "data-run" not in first.get(part.now, ""):
        return first, first, first.get(part.chat, chat)  # refused, or over already
    run = ended(part, first)
    chat = first[part.chat]
    return first, part._ended(chat, request, event_of(run=run.id)), chat


def ended(part, first):
    """The run that the page was given, once it is over."""
    run = part._runs._runs[re.search(r'data-run="(\w+)"', first[part.now])[1]]
    wait(lambda: run.over)
    return run


def wait(until):
    for _ in range(1000):
        if until():
            return
        time.sleep(0.01)
    raise AssertionError("it is not over")


def said(part, chat, owner="eve"):
    return [(one.role, one.content) for one in part.services.rag.chats.messages(chat, owner)]


def test_a_question_makes_a_chat_and_its_answer_is_kept(part, asked_by):
    first, last, chat = ask(part, asked_by("eve"), "Why does it shine?")
    answer = "It shines by fusion. It is made of cheese."
    assert said(part, chat) == [("user", "Why does it shine?"), ("assistant", answer)]
    assert first[part.question] == "" and "gw-rag-cite" in last[part.past] and last[part.now] == ""
    assert last[part.send].constructor_args["interactive"]
    assert [one.title for one in part.services.rag.chats.list("eve")] == ["Why does it shine?"]


def test_nothing_typed_asks_nothing(part, asked_by):
    assert ask(part, asked_by("eve"), "  ")[0] == {part.now: ""}
    assert part.services.rag.chats.list("eve") == []


def test_an_example_is_asked_as_it_stands_and_what_was_typed_stays_out(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "half a word", ask="example", text="Why?")
    assert said(part, chat)[0] == ("user", "Why?")


def test_a_value_that_does_not_fit_is_said_and_nothing_is_written(part, asked_by):
    form = given(part, "Why?", max_new_tokens=0)
    update = part._ask(form, asked_by("eve"))
    assert "max_new_tokens accepts" in update[part.now] and part.question not in update
    assert part.services.rag.chats.list("eve") == []


def test_an_edit_drops_what_follows(part, asked_by):
    request = asked_by("eve")
    _, _, chat = ask(part, request, "one")
    ask(part, request, "two", chat)
    ask(part, request, "", chat, ask="edit", at="0", text="other")
    assert [content for role, content in said(part, chat) if role == "user"] == ["other"]
    assert chat_runs.asked.last[4] == ()


def test_to_regenerate_answers_the_same_question_by_another_chance(part, asked_by):
    request = asked_by("eve")
    _, _, chat = ask(part, request, "one")
    ask(part, request, "two", chat)
    ask(part, request, "", chat, ask="regenerate", at="1")
    assert [one for one, _ in said(part, chat)] == ["user", "assistant"]
    _, question, _, answer, history = chat_runs.asked.last
    assert (question, history) == ("one", ()) and answer.seed == 1 and answer.temperature > 0
    ask(part, request, "", chat, ask="regenerate", at="1")
    assert chat_runs.asked.last[3].seed == 2


def test_to_answer_anyway_lowers_the_threshold_of_that_answer(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "one")
    ask(part, asked_by("eve"), "", chat, ask="anyway", at="1")
    assert chat_runs.asked.last[3].abstain == 0
    message = part.services.rag.chats.messages(chat, "eve")[1]
    assert record_of(message.content, message.data).answer.abstain == 0


def test_a_follow_up_knows_what_was_said_and_cited(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "one")
    ask(part, asked_by("eve"), "two", chat)
    history = chat_runs.asked.last[4]
    assert [one.role for one in history] == ["user", "assistant"] and history[1].passages


def test_a_fault_is_shown_with_a_way_to_ask_again_and_not_kept(part, asked_by, monkeypatch):
    failed = Moment("failed", "one", note="It broke.")
    monkeypatch.setattr(chat_runs, "asked", told(part.services.rag, failed))
    _, last, chat = ask(part, asked_by("eve"), "one")
    assert said(part, chat) == [("user", "one")]
    assert "It broke." in last[part.now] and 'data-at="1"' in last[part.now]
    assert "was not answered" not in last[part.past] and last[part.send].constructor_args["interactive"]


def test_a_fault_that_comes_at_once_is_shown_with_the_question(part, asked_by, monkeypatch):
    """The answer may be over before the page is told that it was begun."""
    monkeypatch.setattr(
        chat_runs, "asked", told(part.services.rag, Moment("failed", "one", note="It broke."))
    )
    monkeypatch.setattr(chat_runs.Run, "start", chat_runs.Run._work)
    first, _, chat = ask(part, asked_by("eve"), "one")
    assert said(part, chat) == [("user", "one")] and first[part.question] == ""
    assert "It broke." in first[part.now] and first[part.send].constructor_args["interactive"]


def test_a_refusal_before_the_first_moment_is_shown_too(part, asked_by, monkeypatch):
    def refusing(*_):
        raise GlassworksError("No such model.")
        yield

    monkeypatch.setattr(chat_runs, "asked", refusing)
    assert "No such model." in ask(part, asked_by("eve"), "one")[1][part.now]


def test_a_chat_is_nobody_elses(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "my secret")
    for action in ({}, {"ask": "edit", "at": "0", "text": "x"}, {"ask": "regenerate", "at": "1"}):
        refused, _, _ = ask(part, asked_by("mallory"), "mine now", chat, **action)
        assert "There is no such chat" in refused[part.now]
    opened = part._managed("", LESSONS, asked_by("mallory"), event_of(does="open", chat=chat))
    assert "There is no such chat" in opened[part.now] and "my secret" not in str(opened)
    part._managed("", LESSONS, asked_by("mallory"), event_of(does="delete", chat=chat))
    assert set(part.opened("", {"chat": chat}, asked_by("mallory"))) == {part.chats}
    assert said(part, chat)[0] == ("user", "my secret")


def test_another_s_collection_answers_nothing(part, asked_by):
    theirs = part.services.rag.create(CollectionSpec(name="diary"), "eve")
    part.services.rag.put(theirs.id, "a.md", "secret")
    update = part._ask(given(part, "What?", collection=theirs.id), asked_by("mallory"))
    assert "There is no such collection" in update[part.now]
    assert part.services.rag.chats.list("mallory") == []


def test_chats_are_opened_renamed_and_deleted(part, asked_by):
    request = asked_by("eve")
    _, _, first = ask(part, request, "one")
    _, _, second = ask(part, request, "two")
    opened = part._managed(second, LESSONS, request, event_of(does="open", chat=first))
    assert opened[part.chat] == first and "one" in opened[part.past]
    part._managed(first, LESSONS, request, event_of(does="rename", title="The first"))
    assert {one.title for one in part.services.rag.chats.list("eve")} == {"The first", "two"}
    left = part._managed(first, LESSONS, request, event_of(does="delete", chat=second))
    assert part.past not in left and "two" not in left[part.chats]
    gone = part._managed(first, LESSONS, request, event_of(does="delete", chat=first))
    assert (
        gone[part.chat] == gone[part.past] == ""
        and "Why?" in gone[part.blank]
        and "No chats yet" in gone[part.chats]
    )


def test_a_browser_finds_the_chat_that_was_open_in_it(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "one")
    kept = {"chat": chat, "collection": LESSONS}
    for query in (
        {},
        {"tab": "rag"},
        {"tab": "rag", "collection": LESSONS},
        {"tab": "decoding", "question": "x"},
    ):
        found = part.opened("", kept, asked_by("eve", **query))
        assert found[part.chat] == chat and found[part.asked] == "one" and "one" in found[part.past]


@pytest.mark.parametrize(
    ("kept", "query"),
    [
        ({}, {}),
        ("nonsense", {}),
        ({"chat": 3}, {}),
        ({"chat": "gone"}, {}),
        (None, {"collection": "other"}),
        (None, {"question": "x"}),
    ],
)
def test_another_address_or_memory_opens_none(part, asked_by, kept, query):
    _, _, chat = ask(part, asked_by("eve"), "one")
    kept = {"chat": chat, "collection": LESSONS} if kept is None else kept
    assert set(part.opened("", kept, asked_by("eve", tab="rag", **query))) == {part.chats}


def test_whoever_comes_finds_workers_and_models_warm_soon(part, asked_by):
    part.opened("", {}, asked_by("eve"))
    part._warm_up._working.acquire(timeout=10)  # once it is done
    asked = [getattr(one, "model", one) for one in part.services.runtime.asked]
    assert asked == ["house/one", QA_MODEL] and part.services.tokenizers.asked == ["start"]
    assert part.services.rag.warmed == 1


def test_another_collection_begins_another_chat(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "one")
    assert part.past not in part._moved(chat, LESSONS, asked_by("eve"))
    assert list(part._moved("", LESSONS, asked_by("eve"))) == [part.blank], "told late, it ends no chat"
    mine = part.services.rag.create(CollectionSpec(name="mine"), "eve")
    moved = part._moved(chat, mine.id, asked_by("eve"))
    assert moved[part.chat] == "" and "nothing in" in moved[part.blank] and moved[part.past] == ""


def held(services):
    """(an ``asked`` that writes a word and waits, what lets it go on)"""
    done, going = answer_of(passages_of(services.rag, LESSONS, "eve")), threading.Event()

    def asked(*_):
        yield replace(done, state="writing", text="It shines")
        going.wait(10)
        yield done

    return asked, going


@pytest.fixture
def writing(part, asked_by, monkeypatch):
    """(what the page shows of an answer that is being written, its run, what lets it go on)"""
    asked, going = held(part.services)
    monkeypatch.setattr(chat_runs, "asked", asked)
    first = part._ask(given(part, "one"), asked_by("eve"))
    run = part._runs.live(first[part.chat], "eve")
    wait(lambda: run.moment.text)
    yield first, run, going
    going.set()
    wait(lambda: run.over)


def test_the_page_fetches_an_answer_as_it_grows(part, writing):
    first, run, going = writing
    assert f'data-run="{run.id}"' in first[part.now] and "data-busy" in first[part.now]
    assert first[part.question] == "" and not first[part.send].constructor_args["interactive"]
    told = part._told({"run": run.id, "seen": -1}, "eve")
    assert "It shines" in told["html"] and not told["over"]
    assert "html" not in part._told({"run": run.id, "seen": told["number"]}, "eve")
    going.set()
    wait(lambda: run.over)
    assert part._told({"run": run.id, "seen": told["number"]}, "eve")["over"]


def test_nobody_else_sees_or_stops_it(part, writing, monkeypatch):
    _, run, _ = writing
    for ask_for in (part._told, part._stopped):
        with pytest.raises(NotFoundError):
            ask_for({"run": run.id}, "mallory")
    monkeypatch.setattr("app.rag.chat_part.gr.Request", lambda request: request)
    function = part._function("rag_now", part._told)
    for data in ({"run": run.id}, {"run": [1]}, None, "x"):
        asked = SimpleNamespace(headers={"x-glassworks-visitor": "mallory"})
        assert json.loads(function(data, asked)) == {"gone": True}
    assert not run.over


def test_what_was_written_when_it_is_stopped_is_kept_as_stopped(part, writing, asked_by):
    first, run, _ = writing
    part._stopped({"run": run.id}, "eve")
    wait(lambda: run.over)
    chat = first[part.chat]
    message = part.services.rag.chats.messages(chat, "eve")[1]
    assert message.content == "It shines" and record_of(message.content, message.data).stopped
    assert "Stopped before" in part._ended(chat, asked_by("eve"), event_of(run=run.id))[part.past]


def test_a_page_that_is_loaded_anew_goes_on_with_the_answer(part, writing, asked_by):
    first, run, _ = writing
    kept = {"chat": first[part.chat], "collection": LESSONS}
    found = part.opened("", kept, asked_by("eve"))
    assert run.id in found[part.now] and "It shines" in found[part.now]
    assert found[part.stop].constructor_args["interactive"]


def test_another_chat_is_shown_meanwhile_and_nothing_is_missed(part, writing, asked_by):
    first, run, going = writing
    chat, request = first[part.chat], asked_by("eve")
    other = part._managed(chat, LESSONS, request, event_of(does="new"))
    assert other[part.now] == "" and other[part.send].constructor_args["interactive"]
    back = part._managed("", LESSONS, request, event_of(does="open", chat=chat))
    assert run.id in back[part.now]
    going.set()
    wait(lambda: run.over)
    assert "fusion" in part._managed("", LESSONS, request, event_of(does="open", chat=chat))[part.past]


def test_one_answer_at_a_time_is_written_in_a_chat(part, writing, asked_by):
    first, run, _ = writing
    chat = first[part.chat]
    for action in ({}, {"ask": "edit", "at": "0", "text": "x"}, {"ask": "regenerate", "at": "1"}):
        shown = part._ask(given(part, "two", chat), asked_by("eve"), event_of(**action))
        assert run.id in shown[part.now] and part.question not in shown
    assert said(part, chat) == [("user", "one")]


def test_only_so_many_answers_are_written_at_once(part, writing, asked_by, monkeypatch):
    monkeypatch.setattr(chat_runs, "MOST_OF_ONE", 1)
    assert "ask again in a moment" in part._ask(given(part, "two"), asked_by("eve"))[part.now]
    monkeypatch.setattr(runs, "MOST", 1)
    assert "ask again in a moment" in part._ask(given(part, "two"), asked_by("bob"))[part.now]
    assert len(part.services.rag.chats.list("eve")) == 1 and not part.services.rag.chats.list("bob")


def test_a_chat_that_is_deleted_meanwhile_stops_and_is_not_missed(part, writing, asked_by):
    first, run, _ = writing
    part._managed(first[part.chat], LESSONS, asked_by("eve"), event_of(does="delete", chat=first[part.chat]))
    wait(lambda: run.over)
    assert part.services.rag.chats.list("eve") == [] and run.moment.state == "writing"


def test_runs_are_forgotten_some_time_after_their_end(part, asked_by, monkeypatch):
    ask(part, asked_by("eve"), "one")
    monkeypatch.setattr(runs, "TOLD_SECONDS", 0.0)
    part._runs._tidy()
    assert part._runs._runs == {}


def test_an_end_that_is_told_late_shows_the_chat(part, asked_by):
    _, _, chat = ask(part, asked_by("eve"), "one")
    assert "fusion" in part._ended(chat, asked_by("eve"), event_of(run="forgotten"))[part.past]
    assert part._ended("", asked_by("eve"), event_of(run="forgotten")) == gr.skip()


def exchange_of(services, asked_by, question="one"):
    visitor = services.identity.visitor(asked_by("eve"))
    return begun(services, visitor, LESSONS, "", Wanted("new", question), SPECS)


def test_stopped_before_anything_was_written_nothing_is_kept(services, asked_by):
    exchange = exchange_of(services, asked_by)
    list(kept(services, exchange, iter([Moment("searching", "one")])))
    assert len(services.rag.chats.messages(exchange.chat, "eve")) == 1


@pytest.mark.parametrize("question", ["", " \n", "x" * 4001])
def test_a_question_is_text_of_some_length(services, asked_by, question):
    with pytest.raises(SpecError, match="question"):
        exchange_of(services, asked_by, question.strip())
    assert services.rag.chats.list("eve") == []


@pytest.mark.parametrize(
    "wanted", [Wanted("edit", "x", 1), Wanted("edit", "x", -1), Wanted("regenerate", "", 9)]
)
def test_what_is_not_there_is_neither_edited_nor_answered_again(services, asked_by, wanted):
    exchange = exchange_of(services, asked_by)
    done = answer_of(passages_of(services.rag, LESSONS, "eve"))
    list(kept(services, exchange, iter([done])))
    visitor = services.identity.visitor(asked_by("eve"))
    with pytest.raises(NotFoundError):
        begun(services, visitor, LESSONS, exchange.chat, wanted, SPECS)
    assert len(services.rag.chats.messages(exchange.chat, "eve")) == 2
