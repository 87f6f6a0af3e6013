"""Chats as rows: in their order, their owner's alone, and bounded."""

import pytest

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.rag import chats
from pipelines.rag.chats import ChatStore


@pytest.fixture
def store(settings):
    return ChatStore(Database(settings.url))


def told(store, chat):
    return [(one.position, one.role, one.content) for one in store.messages(chat.id, "ann")]


def test_messages_keep_their_order_and_their_data(store):
    chat = store.create("ann", "0" * 12, "  Crabs\nand tides ")
    assert chat.title == "Crabs and tides"
    store.append(chat.id, "ann", "user", "Where do crabs live?")
    data = {"hits": ["a"], "scores": [0.5], "note": "日本語 \ud800"}
    store.append(chat.id, "ann", "assistant", "In the sand. \ud800", data)
    assert told(store, chat) == [(0, "user", "Where do crabs live?"), (1, "assistant", "In the sand. ?")]
    assert store.messages(chat.id, "ann")[1].data == data


def test_a_chat_is_cut_to_be_edited(store):
    chat = store.create("ann", "0" * 12)
    for number in range(4):
        store.append(chat.id, "ann", "user" if number % 2 == 0 else "assistant", str(number))
    store.cut(chat.id, "ann", 2)
    assert [content for _, _, content in told(store, chat)] == ["0", "1"]
    assert store.append(chat.id, "ann", "user", "new").position == 2


def test_the_one_changed_last_is_listed_first(store):
    first, second = store.create("ann", "a" * 12), store.create("ann", "b" * 12)
    store.append(first.id, "ann", "user", "Hello")
    assert [chat.id for chat in store.list("ann")] == [first.id, second.id]
    assert [chat.id for chat in store.list("ann", "b" * 12)] == [second.id]
    store.rename(second.id, "ann", "Second")
    store.delete(first.id, "ann")
    assert [chat.title for chat in store.list("ann")] == ["Second"]
    with pytest.raises(NotFoundError):
        store.messages(first.id, "ann")


def test_bounds(store, monkeypatch):
    monkeypatch.setattr(chats, "MAX_CHATS", 2)
    monkeypatch.setattr(chats, "MAX_MESSAGES", 1)
    chat = store.create("ann", "0" * 12)
    store.create("ann", "0" * 12)
    with pytest.raises(ConflictError, match="2 chats"):
        store.create("ann", "0" * 12)
    store.create("bob", "0" * 12)
    store.append(chat.id, "ann", "user", "One")
    with pytest.raises(ConflictError, match="1 messages"):
        store.append(chat.id, "ann", "user", "Two")
    for wrong in (("system", "x"), ("user", "x" * 100_001), ("user", None)):
        with pytest.raises(SpecError):
            store.append(chat.id, "ann", *wrong)
    with pytest.raises(ConflictError, match="too long"):
        store.append(chat.id, "ann", "user", "x", {"x": "y" * 1_000_000})
    with pytest.raises(SpecError, match="title"):
        store.rename(chat.id, "ann", "  ")
