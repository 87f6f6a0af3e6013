"""What every part reads: only what can be searched, whole and in its order."""

import pytest

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError
from pipelines.rag import store as module
from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.collections import Collections
from pipelines.rag.indexing.additions import Additions, Incoming
from pipelines.rag.indexing.items import Items
from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.records import State
from pipelines.rag.specs import CollectionSpec
from pipelines.rag.store import RagStore


@pytest.fixture
def store(settings):
    return RagStore(Database(settings.url))


@pytest.fixture
def collection(store):
    return Collections(store.database).create(CollectionSpec(name="Sea"), "ann", 9)


def staged(store, collection, name, count, content="x"):
    """The item of a document with so many chunks, ready to be published."""
    incoming = Incoming(f"{name}-{content}"[:12], name, "text", 10, content)
    addition, _ = Additions(store.database).add(collection, "ann", [incoming])
    items = Items(store.database, addition)
    items.begin()
    item = items.take(items.rest()[0])
    rows = [(f"{name}-{content}-{at}", at, Chunk(at, at + 1, 1, 0, "A › B", 2)) for at in range(count)]
    Revisions(store.database).keep(item, rows)
    items.cut(
        item,
        {"title": name.title(), "kind": "text", "characters": count, "pages": 2, "notes": '["N"]'},
        count,
    )
    items.embedded(item)
    return item, items


def published(store, collection, *staging):
    Revisions(store.database).publish(collection, [item for item, _ in staging])
    for _, items in staging:
        items.end()


def test_chunks_are_seen_when_their_revision_is_published(store, collection, monkeypatch):
    monkeypatch.setattr(module, "_AT_ONCE", 2)
    first = staged(store, collection, "a.txt", 3)
    assert store.all_chunks(collection) == [] and store.chunks(["a.txt-x-0"]) == {}
    assert store.collection(collection).chunks == 0 and store.collection(collection).version == 0
    published(store, collection, first)
    published(store, collection, staged(store, collection, "b.txt", 2))
    assert [one.id for one in store.all_chunks(collection)] == [
        "a.txt-x-0", "a.txt-x-1", "a.txt-x-2", "b.txt-x-0", "b.txt-x-1",
    ]  # fmt: skip
    found = store.collection(collection)
    assert (found.documents, found.chunks, found.version) == (2, 5, 2)
    assert set(store.chunks(["b.txt-x-1", "gone", *["a.txt-x-0"] * 3])) == {"a.txt-x-0", "b.txt-x-1"}
    chunk = store.chunks_of(store.document(collection, "b.txt").id)[1]
    assert (chunk.position, chunk.start, chunk.end, chunk.heading, chunk.page) == (1, 1, 2, "A › B", 2)


def test_a_newer_revision_takes_the_place_of_all_of_the_older(store, collection):
    published(store, collection, staged(store, collection, "a.txt", 3))
    newer = staged(store, collection, "a.txt", 2, "y")
    assert [one.id for one in store.all_chunks(collection)] == [f"a.txt-x-{at}" for at in range(3)]
    published(store, collection, newer)
    assert [one.id for one in store.all_chunks(collection)] == ["a.txt-y-0", "a.txt-y-1"]
    (document,) = store.documents(collection)
    assert (document.title, document.notes, document.state) == ("A.Txt", ("N",), State.SUCCEEDED)
    assert (document.chunks, document.content_hash, document.pages) == (2, "y", 2)
    assert Revisions(store.database).left_over(collection) == [(document.id, 1)]


def test_what_is_marked_as_deleted_is_out_of_sight(store, collection):
    published(store, collection, staged(store, collection, "a.txt", 3))
    document = store.document(collection, "a.txt")
    assert store.revision(document.id) == 1
    Collections(store.database).mark_documents(collection, [document.id])
    assert store.documents(collection) == [] and store.chunks(["a.txt-x-0"]) == {}
    assert store.collection(collection).chunks == 0 and store.collection(collection).version == 2
    for ask in (store.revision, lambda id_: store.document(collection, id_)):
        with pytest.raises(NotFoundError):
            ask(document.id)
    Collections(store.database).mark(collection)
    for ask in (store.collection, store.addition):
        with pytest.raises(NotFoundError):
            ask(collection)
    assert store.find(collection) is None and store.by_name("ann", "Sea") is None
    assert store.collections("ann") == []


def test_a_document_that_was_not_read_has_no_revision(store, collection):
    addition, _ = Additions(store.database).add(
        collection, "ann", [Incoming("0" * 12, "a.txt", "text", 1, "x")]
    )
    document = store.document(collection, "a.txt")
    assert document.state is State.QUEUED and document.chunks == 0
    with pytest.raises(NotFoundError, match="not read yet"):
        store.revision(document.id)
    told = store.addition(addition)
    assert (told.state, told.documents, told.finished, told.total) == (State.QUEUED, 1, 0, 0)


def test_a_document_is_found_by_its_id_before_its_name(store, collection):
    published(store, collection, staged(store, collection, "a.txt", 1))
    first = store.document(collection, "a.txt")
    published(store, collection, staged(store, collection, first.id, 1))
    assert store.document(collection, first.id) == first
