"""The chat's callbacks as the browser would call them: what is asked, kept, dropped and left."""

from dataclasses import replace

import gradio as gr
import pytest

from app.rag import chat_exchange
from app.rag.chat_exchange import Wanted, begun, moments, run_of
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
    monkeypatch.setattr(chat_exchange, "asked", told(made.rag))
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
    """(updates, the chat's id)"""
    updates = list(part._answer(given(part, question, chat), request, event_of(**told_by)))
    return updates, next((one[part.chat] for one in updates if part.chat in one), chat)


def said(part, chat, owner="eve"):
    return [(one.role, one.content) for one in part.services.rag.chats.messages(chat, owner)]


def test_a_question_makes_a_chat_and_its_answer_is_kept(part, asked_by):
    updates, chat = ask(part, asked_by("eve"), "Why does it shine?")
    assert said(part, chat) == [
        ("user", "Why does it shine?"),
        ("assistant", "It shines by fusion. It is made of cheese."),
    ]
    assert updates[0][part.question] == "" and "data-busy" in updates[0][part.now]
    last = next(one for one in reversed(updates) if part.past in one)
    assert "gw-rag-cite" in last[part.past] and last[part.now] == ""
    assert [one.title for one in part.services.rag.chats.list("eve")] == ["Why does it shine?"]


def test_nothing_typed_asks_nothing(part, asked_by):
    assert ask(part, asked_by("eve"), "  ") == ([{part.now: ""}], "")
    assert part.services.rag.chats.list("eve") == []


def test_an_example_is_asked_as_it_stands_and_what_was_typed_stays_out(part, asked_by):
    _, chat = ask(part, asked_by("eve"), "half a word", ask="example", text="Why?")
    assert said(part, chat)[0] == ("user", "Why?")


def test_a_value_that_does_not_fit_is_said_and_nothing_is_written(part, asked_by):
    form = given(part, "Why?", max_new_tokens=0)
    (update,) = part._answer(form, asked_by("eve"), None)
    assert "max_new_tokens accepts" in update[part.now] and part.question not in update
    assert part.services.rag.chats.list("eve") == []


def test_an_edit_drops_what_follows(part, asked_by):
    request = asked_by("eve")
    _, chat = ask(part, request, "one")
    ask(part, request, "two", chat)
    ask(part, request, "", chat, ask="edit", at="0", text="other")
    assert [content for role, content in said(part, chat) if role == "user"] == ["other"]
    assert chat_exchange.asked.last[4] == ()


def test_to_regenerate_answers_the_same_question_by_another_chance(part, asked_by):
    request = asked_by("eve")
    _, chat = ask(part, request, "one")
    ask(part, request, "two", chat)
    ask(part, request, "", chat, ask="regenerate", at="1")
    assert [one for one, _ in said(part, chat)] == ["user", "assistant"]
    _, question, _, answer, history = chat_exchange.asked.last
    assert (question, history) == ("one", ()) and answer.seed == 1 and answer.temperature > 0
    ask(part, request, "", chat, ask="regenerate", at="1")
    assert chat_exchange.asked.last[3].seed == 2


def test_to_answer_anyway_lowers_the_threshold_of_that_answer(part, asked_by):
    _, chat = ask(part, asked_by("eve"), "one")
    ask(part, asked_by("eve"), "", chat, ask="anyway", at="1")
    assert chat_exchange.asked.last[3].abstain == 0
    message = part.services.rag.chats.messages(chat, "eve")[1]
    assert record_of(message.content, message.data).answer.abstain == 0


def test_a_follow_up_knows_what_was_said_and_cited(part, asked_by):
    _, chat = ask(part, asked_by("eve"), "one")
    ask(part, asked_by("eve"), "two", chat)
    history = chat_exchange.asked.last[4]
    assert [one.role for one in history] == ["user", "assistant"] and history[1].passages


def test_a_fault_is_shown_with_a_way_to_ask_again_and_not_kept(part, asked_by, monkeypatch):
    monkeypatch.setattr(
        chat_exchange, "asked", told(part.services.rag, Moment("failed", "one", note="It broke."))
    )
    updates, chat = ask(part, asked_by("eve"), "one")
    assert said(part, chat) == [("user", "one")]
    last = next(one for one in reversed(updates) if part.now in one)
    assert "It broke." in last[part.now] and 'data-at="1"' in last[part.now]
    assert last[part.send].constructor_args["interactive"]


def test_a_refusal_before_the_first_moment_is_shown_too(part, asked_by, monkeypatch):
    def refusing(*_):
        raise GlassworksError("No such model.")
        yield

    monkeypatch.setattr(chat_exchange, "asked", refusing)
    updates, _ = ask(part, asked_by("eve"), "one")
    assert "No such model." in updates[-1][part.now]


def test_a_chat_is_nobody_elses(part, asked_by):
    _, chat = ask(part, asked_by("eve"), "my secret")
    for action in ({}, {"ask": "edit", "at": "0", "text": "x"}, {"ask": "regenerate", "at": "1"}):
        updates, _ = ask(part, asked_by("mallory"), "mine now", chat, **action)
        assert "There is no such chat" in updates[-1][part.now]
    opened = part._managed("", LESSONS, None, asked_by("mallory"), event_of(does="open", chat=chat))
    assert "There is no such chat" in opened[part.now] and "my secret" not in str(opened)
    part._managed("", LESSONS, None, asked_by("mallory"), event_of(does="delete", chat=chat))
    assert set(part.opened("", {"chat": chat}, asked_by("mallory"))) == {part.chats}
    assert said(part, chat)[0] == ("user", "my secret")


def test_another_s_collection_answers_nothing(part, asked_by):
    theirs = part.services.rag.create(CollectionSpec(name="diary"), "eve")
    part.services.rag.put(theirs.id, "a.md", "secret")
    (update,) = part._answer(given(part, "What?", collection=theirs.id), asked_by("mallory"), None)
    assert "There is no such collection" in update[part.now]
    assert part.services.rag.chats.list("mallory") == []


def test_chats_are_opened_renamed_and_deleted(part, asked_by):
    request = asked_by("eve")
    _, first = ask(part, request, "one")
    _, second = ask(part, request, "two")
    opened = part._managed(second, LESSONS, None, request, event_of(does="open", chat=first))
    assert opened[part.chat] == first and "one" in opened[part.past]
    part._managed(first, LESSONS, None, request, event_of(does="rename", title="The first"))
    assert {one.title for one in part.services.rag.chats.list("eve")} == {"The first", "two"}
    left = part._managed(first, LESSONS, None, request, event_of(does="delete", chat=second))
    assert part.past not in left and "two" not in left[part.chats]
    gone = part._managed(first, LESSONS, None, request, event_of(does="delete", chat=first))
    assert gone[part.chat] == "" and "Why?" in gone[part.past] and "No chats yet" in gone[part.chats]


def test_a_browser_finds_the_chat_that_was_open_in_it(part, asked_by):
    _, chat = ask(part, asked_by("eve"), "one")
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
    _, chat = ask(part, asked_by("eve"), "one")
    kept = {"chat": chat, "collection": LESSONS} if kept is None else kept
    assert set(part.opened("", kept, asked_by("eve", tab="rag", **query))) == {part.chats}


def test_whoever_comes_finds_workers_and_models_warm_soon(part, asked_by):
    part.opened("", {}, asked_by("eve"))
    part._warm_up._working.acquire(timeout=10)  # once it is done
    asked = [getattr(one, "model", one) for one in part.services.runtime.asked]
    assert asked == ["house/one", QA_MODEL] and part.services.tokenizers.asked == ["start"]
    assert part.services.rag.warmed == 1


def test_another_collection_begins_another_chat(part, asked_by):
    _, chat = ask(part, asked_by("eve"), "one")
    assert part._moved(chat, LESSONS, None, asked_by("eve")) == gr.skip()
    mine = part.services.rag.create(CollectionSpec(name="mine"), "eve")
    moved = part._moved(chat, mine.id, None, asked_by("eve"))
    assert moved[part.chat] == "" and "nothing in" in moved[part.past]


def exchange_of(services, asked_by, question="one"):
    visitor = services.identity.visitor(asked_by("eve"))
    return begun(services, visitor, LESSONS, "", Wanted("new", question), SPECS)


def test_what_was_written_when_it_is_stopped_is_kept_as_stopped(services, asked_by):
    exchange = exchange_of(services, asked_by)
    run = run_of(services, exchange)
    for moment in moments(services, exchange, run):
        if moment.state == "writing":
            run.stop()
    message = services.rag.chats.messages(exchange.chat, "eve")[1]
    assert message.content == "It shines" and record_of(message.content, message.data).stopped


def test_a_page_that_goes_away_leaves_what_there_was(services, asked_by):
    exchange = exchange_of(services, asked_by)
    stream = moments(services, exchange, run_of(services, exchange))
    while next(stream).state != "writing":
        pass
    stream.close()
    assert [one.content for one in services.rag.chats.messages(exchange.chat, "eve")] == ["one", "It shines"]


def test_stopped_before_anything_was_written_nothing_is_kept(services, asked_by, monkeypatch):
    monkeypatch.setattr(chat_exchange, "asked", told(services.rag, Moment("searching", "one")))
    exchange = exchange_of(services, asked_by)
    list(moments(services, exchange, run_of(services, exchange)))
    assert len(services.rag.chats.messages(exchange.chat, "eve")) == 1


def test_a_chat_that_is_deleted_meanwhile_is_not_missed(services, asked_by):
    exchange = exchange_of(services, asked_by)
    stream = moments(services, exchange, run_of(services, exchange))
    next(stream)
    services.rag.chats.delete(exchange.chat, "eve")
    assert [one.state for one in stream][-1] == "done"


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
    list(moments(services, exchange, run_of(services, exchange)))
    visitor = services.identity.visitor(asked_by("eve"))
    with pytest.raises(NotFoundError):
        begun(services, visitor, LESSONS, exchange.chat, wanted, SPECS)
    assert len(services.rag.chats.messages(exchange.chat, "eve")) == 2


def test_a_page_that_shows_another_chat_is_not_written_to(part, asked_by):
    request, form = asked_by("eve"), given(part, "one")
    stream = part._answer(form, request, None)
    opening = next(stream)
    left = part._managed(opening[part.chat], LESSONS, opening[part.run], request, event_of(does="new"))
    rest = list(stream)
    assert left[part.chat] == "" and all(part.past not in one and part.chat not in one for one in rest)


def test_updates_while_it_writes_come_ten_times_a_second_at_most(services, asked_by, monkeypatch):
    done = answer_of(passages_of(services.rag, LESSONS, "eve"))
    writing = [replace(done, state="writing", text="a" * n) for n in range(1, 400)]
    monkeypatch.setattr(chat_exchange, "asked", told(services.rag, *writing, done))
    exchange = exchange_of(services, asked_by)
    drawn = list(moments(services, exchange, run_of(services, exchange)))
    assert len(drawn) < 60 and drawn[-1] == done
