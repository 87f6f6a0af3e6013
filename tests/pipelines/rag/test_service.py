"""The service with the real queue, thread and handlers, and a library of dictionaries."""

import os
import threading
import time

import pytest

from pipelines.core.errors import ConflictError, GlassworksError, NotAllowedError, NotFoundError, SpecError
from pipelines.rag.indexing import driver, readings
from pipelines.rag.places import LESSONS
from pipelines.rag.records import State
from pipelines.rag.specs import ChunkSpec, CollectionSpec, SearchSpec
from tests.support.rag_indexing import SPEC, FakeReading, inline_service, story, until_over

ONE, TWO = story(1), story(2)


@pytest.fixture
def service(settings, monkeypatch):
    monkeypatch.setattr(readings, "Reading", FakeReading)
    made, library = inline_service(settings)
    made.library = library
    yield made
    made.close()


@pytest.fixture
def notes(service):
    """Ann's collection, with a document."""
    made = service.create(SPEC, "ann")
    until_over(service, service.add_text(made.id, ONE, "one.txt", "ann"))
    return service.collection(made.id, "ann")


def names(documents):
    return [one.name for one in documents]


def test_two_visitors_with_the_same_names_have_two_collections_and_two_documents(service, notes):
    bobs = service.create(SPEC, "bob")
    until_over(service, service.add_text(bobs.id, TWO, "one.txt", "bob"))
    assert service.collection(SPEC.name, "ann").id == notes.id
    assert service.collection(SPEC.name, "bob").id == bobs.id
    assert service.text(notes.id, "one.txt", "ann") == ONE and service.text(bobs.id, "one.txt", "bob") == TWO
    mine, theirs = (service.documents(one.id, who) for one, who in ((notes, "ann"), (bobs, "bob")))
    assert mine[0].id != theirs[0].id
    assert {chunk.id for chunk in service.chunks(notes.id, mine[0].id, "ann")}.isdisjoint(
        chunk.id for chunk in service.chunks(bobs.id, theirs[0].id, "bob")
    )
    assert [one.id for one in service.collections("ann")] == [notes.id, LESSONS]


def test_what_is_another_s_does_not_exist_for_any_method(service, notes):
    (document,) = service.documents(notes.id, "ann")
    (addition,) = service.additions(notes.id, "ann")
    chat = service.chats.create("ann", notes.id, "Crabs")

    def asked(collection, document, addition, chat):
        """Every method that takes an id, as bob asks it."""
        return {
            "collection": lambda: service.collection(collection, "bob"),
            "own": lambda: service.own(collection, "bob"),
            "rename": lambda: service.rename(collection, "Mine", "bob"),
            "share": lambda: service.share(collection, True, "bob"),
            "delete": lambda: service.delete(collection, "bob"),
            "delete_document": lambda: service.delete_document(collection, document, "bob"),
            "documents": lambda: service.documents(collection, "bob"),
            "document": lambda: service.document(collection, document, "bob"),
            "text": lambda: service.text(collection, document, "bob"),
            "chunks": lambda: service.chunks(collection, document, "bob"),
            "add_files": lambda: service.add_files(collection, [], "bob"),
            "add_text": lambda: service.add_text(collection, "A crab.", "a.txt", "bob"),
            "addition": lambda: service.addition(addition, "bob"),
            "additions": lambda: service.additions(collection, "bob"),
            "cancel": lambda: service.cancel(addition, "bob"),
            "search": lambda: service.search(collection, "crab", SearchSpec(), "bob"),
            "mapped": lambda: service.mapped(collection, "", "pca", "bob"),
            "compare_indexes": lambda: list(service.compare_indexes(collection, "bob")),
            "messages": lambda: service.chats.messages(chat, "bob"),
            "append": lambda: service.chats.append(chat, "bob", "user", "Hello"),
            "cut": lambda: service.chats.cut(chat, "bob", 0),
            "rename chat": lambda: service.chats.rename(chat, "bob", "Mine"),
            "delete chat": lambda: service.chats.delete(chat, "bob"),
            "get": lambda: service.chats.get(chat, "bob"),
        }

    hers = asked(notes.id, document.id, addition.id, chat.id)
    nobodys = asked("0" * 12, "0" * 12, "0" * 12, "0" * 12)
    for name, ask in hers.items():
        with pytest.raises(NotFoundError) as of_another:
            ask()
        with pytest.raises(NotFoundError) as of_nobody:
            nobodys[name]()
        assert str(of_another.value) == str(of_nobody.value), name
    assert service.collections("bob")[0].id == LESSONS and not service.chats.list("bob")
    assert names(service.documents(notes.id, "ann")) == ["one.txt"]
    assert service.collection(notes.id, "ann") == notes


def test_another_s_document_is_not_reached_through_one_s_own_collection(service, notes):
    (document,) = service.documents(notes.id, "ann")
    bobs = service.create(SPEC, "bob")
    for ask in (service.document, service.text, service.chunks, service.delete_document):
        with pytest.raises(NotFoundError):
            ask(bobs.id, document.id, "bob")
    assert service.text(notes.id, document.id, "ann") == ONE


@pytest.mark.parametrize("id_", ["../../etc", "", "a/b", None, 7, "0" * 11, "%", {"id": 1}])
def test_what_is_no_id_is_not_found(service, id_):
    for ask in (service.collection, service.documents, service.additions, service.delete, service.addition):
        with pytest.raises(NotFoundError):
            ask(id_, "ann")


def test_a_shared_collection_is_read_by_its_id_and_changed_by_its_owner(service, notes, tmp_path):
    service.share(notes.id, True, "ann")
    assert service.collection(notes.id, "bob").id == notes.id
    assert names(service.documents(notes.id, "bob")) == ["one.txt"]
    assert service.text(notes.id, "one.txt", "bob") == ONE
    assert service.search(notes.id, ONE[:9], SearchSpec(), "bob").hits
    with pytest.raises(NotFoundError):
        service.collection(notes.spec.name, "bob")  # by its id only
    assert service.additions(notes.id, "bob") == [] and notes.id not in [
        c.id for c in service.collections("bob")
    ]
    for change in (
        lambda: service.add_text(notes.id, "A crab.", "a.txt", "bob"),
        lambda: service.delete(notes.id, "bob"),
        lambda: service.delete_document(notes.id, "one.txt", "bob"),
        lambda: service.rename(notes.id, "Mine", "bob"),
        lambda: service.share(notes.id, False, "bob"),
    ):
        with pytest.raises(NotAllowedError, match="read only"):
            change()
    service.share(notes.id, False, "ann")
    with pytest.raises(NotFoundError):
        service.text(notes.id, "one.txt", "bob")


def test_of_a_shared_collection_others_see_what_can_be_searched(service, notes):
    until_over(service, service.add_text(notes.id, "BROKEN", "bad.txt", "ann"))
    service.share(notes.id, True, "ann")
    assert names(service.documents(notes.id, "ann")) == ["one.txt", "bad.txt"]
    assert names(service.documents(notes.id, "bob")) == ["one.txt"]


def test_names_of_one_owner_differ(service, notes):
    with pytest.raises(SpecError, match="no other collection"):
        service.create(SPEC, "ann")
    with pytest.raises(SpecError, match="comes with the app"):
        service.create(CollectionSpec(name="Lessons"), "ann")
    other = service.create(CollectionSpec(name="Other"), "ann")
    with pytest.raises(SpecError, match="no other collection"):
        service.rename(other.id, SPEC.name, "ann")
    assert service.rename(other.id, "  Third\nname ", "ann").spec.name == "Third name"
    assert service.collection("Third name", "ann").id == other.id
    assert service.rename(notes.id, SPEC.name, "ann").spec == notes.spec


def test_chunks_that_the_model_would_not_read_are_refused(service):
    with pytest.raises(SpecError, match="at most 254"):
        service.create(CollectionSpec(name="Long", chunking=ChunkSpec(chunk_size=255)), "ann")


def test_only_the_owner_of_the_workshop_has_any_model_embed(service):
    spec = CollectionSpec(name="Hub", embedder="someone/model")
    with pytest.raises(NotAllowedError, match="for the owner"):
        service.create(spec, "ann")
    assert service.create(spec, "owner", is_owner=True).spec.embedder == "someone/model"


def test_bounds_are_told_before_anything_is_kept(service, settings, notes, tmp_path):
    settings.rag_max_documents, settings.rag_max_collections, settings.rag_max_gb = 2, 1, 1e-6
    with pytest.raises(ConflictError, match="2 is the limit"):
        service.add_text(notes.id, "A crab.", "a.txt", "ann", [(_file(tmp_path, "b.txt"), "b.txt")])
    with pytest.raises(ConflictError, match="MB is the limit"):
        service.add_text(notes.id, "A crab. " * 200, "a.txt", "ann")
    with pytest.raises(ConflictError, match="1 collections"):
        service.create(CollectionSpec(name="Other"), "ann")
    assert not list((settings.rag / notes.id).glob("incoming/*"))
    assert (
        names(service.documents(notes.id, "ann")) == ["one.txt"]
        and len(service.additions(notes.id, "ann")) == 1
    )
    assert service.create(CollectionSpec(name="Other"), "bob")


def test_files_are_called_by_their_last_part_and_wait_inside_the_home(service, settings, notes, tmp_path):
    files = [(_file(tmp_path, "x"), "../../x.txt"), (_file(tmp_path, "y", "Another. " * 9), "deep/x.txt")]
    told = until_over(service, service.add_files(notes.id, files, "ann"))
    assert told.state is State.SUCCEEDED
    assert names(service.documents(notes.id, "ann")) == ["one.txt", "x.txt", "x (2).txt"]
    again = service.add_files(notes.id, files, "ann")
    assert again.state is State.SUCCEEDED and "unchanged" in again.message
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith("x.txt")]


def test_files_that_are_not_accepted_are_refused_in_words(service, settings, notes, tmp_path):
    with pytest.raises(GlassworksError, match="accepted are PDF"):
        service.add_files(notes.id, [(_file(tmp_path, "x"), "x.exe")], "ann")
    settings.max_upload_mb = 1
    big = _file(tmp_path, "big", "x" * 1_000_001)
    with pytest.raises(GlassworksError, match="1 MB"):
        service.add_files(notes.id, [(big, "big.txt")], "ann")
    assert not list((settings.rag / notes.id).glob("incoming/*"))


@pytest.mark.parametrize("text", ["", "  \n", None, 5])
def test_no_text_is_refused(service, notes, text):
    with pytest.raises(SpecError, match="text"):
        service.add_text(notes.id, text, "a.txt", "ann")


def test_a_text_without_an_end_in_its_name_is_plain(service, notes):
    until_over(service, service.add_text(notes.id, "A crab.", " My  notes ", "ann"))
    until_over(service, service.add_text(notes.id, "A gull.", "", "ann"))
    assert names(service.documents(notes.id, "ann"))[1:] == ["My notes.txt", "Pasted text.txt"]


def test_a_deletion_is_seen_at_once_and_gives_the_disk_back(service, settings, notes):
    other = service.create(CollectionSpec(name="Other"), "ann")
    until_over(service, service.add_text(other.id, TWO, "two.txt", "ann"))
    chat = service.chats.create("ann", notes.id, "Crabs")
    service.chats.append(chat.id, "ann", "user", "Where?")
    assert service.delete_document(other.id, "two.txt", "ann", wait=30)
    assert service.collection(other.id, "ann").chunks == 0
    assert not service.library.vectors.held[other.id]
    assert not list((settings.rag / other.id).rglob("*.txt"))
    assert service.delete(notes.id, "ann", wait=30)
    with pytest.raises(NotFoundError):
        service.collection(notes.id, "ann")
    assert notes.id not in service.library.vectors.held and not (settings.rag / notes.id).exists()
    assert service.chats.list("ann") == []
    assert service.create(SPEC, "ann").id != notes.id  # its name is free


def test_a_deletion_meets_an_addition(service, notes, monkeypatch):
    """The addition stands still in the middle of its embedding; then its collection is deleted."""
    reached, go_on, embed = threading.Event(), threading.Event(), service.library.model.embed

    def slow(texts):
        reached.set()
        go_on.wait(30)
        return embed(texts)

    monkeypatch.setattr(service.library.model, "embed", slow)
    addition = service.add_text(notes.id, story(7, 200), "long.txt", "ann")
    assert reached.wait(30)
    assert not service.delete(notes.id, "ann")
    assert service.addition(addition.id, "ann").state is State.CANCELLED
    go_on.set()
    assert service._driver.wait(lambda: service._collections.is_marked(notes.id) is None, 30)
    assert notes.id not in service.library.vectors.held


def test_additions_of_two_owners_take_turns(service, notes, monkeypatch):
    """Ann's long addition does not hold up bob's short one."""
    monkeypatch.setattr(driver, "SLICE_SECONDS", 0.0)
    monkeypatch.setattr("pipelines.rag.indexing.work._TELL_SECONDS", 0.0)
    bobs = service.create(SPEC, "bob")
    begun, go_on, embed = threading.Event(), threading.Event(), service.library.model.embed

    def held(texts):
        begun.set()
        go_on.wait(30)
        time.sleep(0.02)
        return embed(texts)

    monkeypatch.setattr(service.library.model, "embed", held)
    long = service.add_text(notes.id, story(8, 500), "long.txt", "ann")
    assert begun.wait(30)
    short = service.add_text(bobs.id, TWO, "two.txt", "bob")
    go_on.set()
    short, long = until_over(service, short), until_over(service, long)
    assert short.state is long.state is State.SUCCEEDED and short.updated < long.updated
    chunks = sum(service.collection(one.id, one.owner).chunks for one in (notes, bobs))
    assert len(service.library.model.texts) == chunks  # nothing was done twice


def test_cancelled_before_it_began_leaves_no_document(service, notes, monkeypatch):
    monkeypatch.setattr(service._driver, "wake", lambda: None)
    addition = service.add_text(notes.id, TWO, "two.txt", "ann")
    assert names(service.documents(notes.id, "ann")) == ["one.txt", "two.txt"]
    service.cancel(addition.id, "ann")
    monkeypatch.undo()
    service.start()
    assert until_over(service, addition).state is State.CANCELLED
    assert names(service.documents(notes.id, "ann")) == ["one.txt"]


def test_closed_and_started_again_it_goes_on(settings, monkeypatch):
    monkeypatch.setattr(readings, "Reading", FakeReading)
    first, library = inline_service(settings)
    made = first.create(SPEC, "ann")
    begun, embed = threading.Event(), library.model.embed
    monkeypatch.setattr(library.model, "embed", lambda texts: begun.set() or embed(texts))
    addition = first.add_text(made.id, story(8, 500), "long.txt", "ann")
    assert begun.wait(30)
    first.close()
    assert first.store.addition(addition.id).live
    second, other = inline_service(settings)
    other.vectors.held = library.vectors.held
    second.start()
    assert until_over(second, addition).state is State.SUCCEEDED
    count = len(library.model.texts) + len(other.model.texts)
    assert count == second.collection(made.id, "ann").chunks  # nothing was done twice
    second.close()


def test_files_that_were_received_and_never_queued_go_at_the_start(service, settings, notes, monkeypatch):
    monkeypatch.setattr(service._driver, "wake", lambda: None)
    service.add_text(notes.id, TWO, "two.txt", "ann")
    (waiting,) = (settings.rag / notes.id / "incoming").iterdir()
    lost, fresh = waiting.with_name("0" * 12), waiting.with_name("1" * 12)
    for file in (lost, fresh):
        file.write_text("A crab.")
    os.utime(lost, (1, 1))
    os.utime(waiting, (1, 1))
    service.start()
    assert {file.name for file in waiting.parent.iterdir()} == {waiting.name, fresh.name}


def test_nothing_is_started_where_there_is_no_work(settings):
    made, _ = inline_service(settings)
    made.collections("ann")
    made.create(SPEC, "ann")
    made.start()
    made._driver.wait(lambda: False, 0.3)
    assert made.runtime._engine is None
    made.close()


def _file(folder, name, text="A crab lives here. "):
    path = folder / name
    path.write_text(text)
    return path
