"""The work on an addition, with a library of dictionaries: what it leaves, and what it costs."""

import errno

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.rag.answers import Indexed, Removed
from pipelines.rag.collections import Collections
from pipelines.rag.indexing import work
from pipelines.rag.indexing.handler import index, remove
from pipelines.rag.records import State
from pipelines.rag.requests import IndexRequest, RemoveRequest
from tests.support.rag_indexing import FakeReading, finished, story

ONE, TWO, THREE = story(1), story(2), story(3)
CHANGED = ONE.replace(ONE.split(". ")[4], "Something else stands here now")


@pytest.fixture
def heard(monkeypatch):
    """Each step is told, and asks whether to go on."""
    monkeypatch.setattr(work, "_TELL_SECONDS", 0.0)


def run(bench, addition):
    events = finished(index(IndexRequest(addition), bench.library))
    return bench.store.addition(addition), events


def test_documents_become_searched_with_all_that_belongs_to_them(bench, collection, heard):
    told, events = run(bench, bench.add(collection, {"one.txt": ONE, "two.txt": TWO}))
    assert told.state is State.SUCCEEDED and (told.finished, told.documents, told.failed) == (2, 2, 0)
    assert told.done == told.total == bench.store.collection(collection).chunks > 10
    phases = list(dict.fromkeys(event.phase for event in events if isinstance(event, Indexed)))
    assert phases == ["opening", "reading", "cutting", "embedding", "indexing words"]
    bench.check(collection)
    assert [document.name for document in bench.store.documents(collection)] == ["one.txt", "two.txt"]


def test_a_chunk_that_stands_twice_has_two_ids(bench, collection):
    text = "The same five words here. " * 9
    run(bench, bench.add(collection, {"same.txt": text}))
    chunks = bench.seen(collection)["same.txt"]
    assert len(chunks) == len(bench.store.all_chunks(collection)) and len(set(chunks.values())) < len(chunks)


def test_each_document_is_read_once_the_next_one_while_one_is_embedded(bench, collection, heard):
    addition = bench.add(collection, {"one.txt": ONE, "two.txt": TWO, "three.txt": THREE})
    ahead = 0
    for _ in index(IndexRequest(addition), bench.library):
        at_work = bench.store.addition(addition)
        ahead += FakeReading.open and at_work.phase == "embedding" and at_work.document != "three.txt"
    assert ahead and FakeReading.count == 3
    bench.check(collection)


def test_the_same_bytes_cost_nothing(bench, collection):
    run(bench, bench.add(collection, {"one.txt": ONE}))
    before, read = bench.seen(collection), FakeReading.count
    version = bench.store.collection(collection).version
    bench.library.model.texts.clear()
    addition = bench.add(collection, {"one.txt": ONE})
    told = bench.store.addition(addition)
    assert told.state is State.SUCCEEDED and "unchanged" in told.message  # without the worker
    assert not bench.library.model.texts and FakeReading.count == read
    assert bench.seen(collection) == before and bench.store.collection(collection).version == version
    bench.check(collection)


def test_of_a_changed_document_only_changed_chunks_are_embedded(bench, collection):
    run(bench, bench.add(collection, {"one.txt": ONE, "two.txt": TWO}))
    before = bench.seen(collection)
    bench.library.model.texts.clear()
    run(bench, bench.add(collection, {"one.txt": CHANGED}))
    after = bench.seen(collection)
    new = set(after["one.txt"]) - set(before["one.txt"])
    assert sorted(bench.library.model.texts) == sorted(after["one.txt"][id_] for id_ in new)
    assert 0 < len(new) < len(after["one.txt"]) and set(before["one.txt"]) - set(after["one.txt"])
    assert after["two.txt"] == before["two.txt"]
    bench.check(collection)


def test_a_document_is_the_old_one_or_the_new_one_at_every_step(bench, collection):
    run(bench, bench.add(collection, {"one.txt": ONE}))
    old = bench.seen(collection)["one.txt"]
    addition, seen = bench.add(collection, {"one.txt": CHANGED}), []
    for _ in index(IndexRequest(addition), bench.library):
        now = bench.seen(collection)["one.txt"]
        words = bench.library.lexical.built[collection]
        assert set(words) == set(now) <= set(bench.library.vectors.held[collection])
        if not seen or seen[-1] != now:
            seen.append(now)
    assert seen == [old, bench.seen(collection)["one.txt"]] and old != seen[-1]


def test_a_bad_document_fails_alone(bench, collection):
    files = {"one.txt": ONE, "bad.txt": "BROKEN", "two.txt": TWO, "x.exe": "MZ"}
    told, _ = run(bench, bench.add(collection, files))
    assert told.state is State.SUCCEEDED and told.failed == 2
    assert "2 of 4" in told.message and "damaged" in told.message and "accepted" in told.message
    states = {one.name: one.state for one in bench.store.documents(collection)}
    assert states == {"one.txt": State.SUCCEEDED, "bad.txt": State.FAILED, "two.txt": State.SUCCEEDED}
    bench.check(collection)


def test_a_bad_newer_file_leaves_the_older_document(bench, collection):
    run(bench, bench.add(collection, {"one.txt": ONE}))
    before = bench.seen(collection)
    told, _ = run(bench, bench.add(collection, {"one.txt": "BROKEN"}))
    assert told.state is State.FAILED and "damaged" in told.message
    (document,) = bench.store.documents(collection)
    assert document.state is State.SUCCEEDED and "newer file" in document.message
    assert bench.seen(collection) == before
    bench.check(collection)


def test_a_failed_document_is_tried_again_when_it_comes_again(bench, collection, monkeypatch):
    run(bench, bench.add(collection, {"one.txt": "BROKEN"}))
    monkeypatch.setattr(FakeReading, "result", lambda self: (_ for _ in ()).throw(RuntimeError("a bug")))
    told, _ = run(bench, bench.add(collection, {"one.txt": "BROKEN"}))
    assert told.state is State.FAILED and "log" in told.message and "a bug" not in told.message
    bench.check(collection)


def test_a_document_that_kills_the_worker_is_left_out(bench, collection, heard):
    addition = bench.add(collection, {"poison.txt": ONE, "two.txt": TWO})
    for _ in range(3):
        steps = index(IndexRequest(addition), bench.library)
        while bench.store.addition(addition).phase != "cutting":
            next(steps)
        del steps  # as killed: nobody says that it ended in good order
        with bench.database.write() as connection:
            connection.exec_driver_sql("UPDATE rag_additions SET phase = 'reading'")
    told, _ = run(bench, addition)
    assert told.state is State.SUCCEEDED and told.failed == 1 and "ended 3 times" in told.message
    assert list(bench.seen(collection)) == ["two.txt"]
    bench.check(collection)


def test_an_attempt_that_is_paused_or_gets_on_does_not_count(bench, collection, heard):
    addition = bench.add(collection, {"one.txt": ONE})
    for _ in range(5):
        steps = index(IndexRequest(addition), bench.library)
        while bench.store.addition(addition).phase != "cutting":
            next(steps)
        steps.close()
        bench.additions.pause(addition)
        with bench.database.write() as connection:
            connection.exec_driver_sql("UPDATE rag_additions SET phase = 'reading'")
    assert run(bench, addition)[0].failed == 0
    bench.check(collection)


@pytest.mark.parametrize("phase", ["opening", "reading", "cutting", "embedding", "indexing words"])
def test_cancelled_anywhere_what_is_done_stays_and_the_rest_goes(bench, collection, heard, phase):
    run(bench, bench.add(collection, {"old.txt": THREE, "two.txt": TWO}))
    before = bench.seen(collection)
    addition = bench.add(collection, {"one.txt": ONE, "two.txt": CHANGED, "four.txt": story(4)})
    steps = index(IndexRequest(addition), bench.library)
    while bench.store.addition(addition).phase != phase:
        next(steps)
    bench.additions.cancel(addition)
    finished(steps)
    told = bench.store.addition(addition)
    assert told.state is State.CANCELLED and not told.live
    now = bench.seen(collection)
    assert now["old.txt"] == before["old.txt"] and "two.txt" in now
    assert ("one.txt" in now) == (phase == "indexing words")
    bench.check(collection)


def test_a_document_that_is_deleted_while_it_is_made_is_given_up(bench, collection, heard):
    addition = bench.add(collection, {"one.txt": ONE, "two.txt": TWO})
    steps = index(IndexRequest(addition), bench.library)
    while bench.store.addition(addition).phase != "embedding":
        next(steps)
    gone = bench.store.document(collection, "one.txt")
    Collections(bench.database).mark_documents(collection, [gone.id])
    finished(steps)
    assert bench.store.addition(addition).state is State.SUCCEEDED
    finished(remove(RemoveRequest(collection), bench.library))
    assert list(bench.seen(collection)) == ["two.txt"]
    bench.check(collection)


def test_a_full_disk_is_told_and_what_was_done_stays(bench, collection):
    run(bench, bench.add(collection, {"two.txt": TWO}))
    add, count = bench.library.vectors.add, [0]

    def filled(*given):
        count[0] += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    bench.library.vectors.add = filled
    told, _ = run(bench, bench.add(collection, {"one.txt": ONE, "three.txt": THREE}))
    assert told.state is State.FAILED and "disk is full" in told.message and count == [1]
    bench.library.vectors.add = add
    assert {one.name: one.state.value for one in bench.store.documents(collection)} == {
        "two.txt": "succeeded", "one.txt": "failed", "three.txt": "failed",
    }  # fmt: skip
    bench.check(collection)
    run(bench, bench.add(collection, {"one.txt": ONE}))
    assert set(bench.seen(collection)) == {"one.txt", "two.txt"}


def test_past_the_chunks_of_a_collection_a_document_fails_in_words(bench, collection):
    bench.settings.rag_max_chunks = 20
    told, _ = run(
        bench, bench.add(collection, {"one.txt": ONE, "long.txt": story(5, 60), "two.txt": "A crab."})
    )
    assert told.failed == 1 and "more than 20 chunks" in told.message
    assert set(bench.seen(collection)) == {"one.txt", "two.txt"}
    bench.check(collection)


def test_a_model_that_cannot_be_read_fails_the_addition_before_any_document(bench, collection):
    def ready(name):
        raise GlassworksError("There is no such model.")
        yield

    bench.library.ready = ready
    with pytest.raises(GlassworksError, match="no such model"):
        run(bench, bench.add(collection, {"one.txt": ONE}))
    assert FakeReading.count == 0


def test_a_deleted_document_leaves_nothing(bench, collection):
    run(bench, bench.add(collection, {"one.txt": ONE, "two.txt": TWO}))
    gone = bench.store.document(collection, "one.txt")
    Collections(bench.database).mark_documents(collection, [gone.id])
    assert list(bench.seen(collection)) == ["two.txt"]  # at once
    with pytest.raises(NotFoundError):
        bench.store.document(collection, gone.id)
    (event,) = finished(remove(RemoveRequest(collection), bench.library))
    assert isinstance(event, Removed) and event.bytes > 0 and bench.library.vectors.swept == 1
    bench.check(collection)
    run(bench, bench.add(collection, {"one.txt": ONE}))
    assert bench.store.document(collection, "one.txt").id != gone.id


def test_a_deleted_collection_leaves_nothing(bench, collection):
    other = Collections(bench.database).create(bench.store.collection(collection).spec, "bob", 10)
    run(bench, bench.add(collection, {"one.txt": ONE}))
    run(bench, bench.add(other, {"one.txt": ONE}, "bob"))
    waiting = bench.add(collection, {"two.txt": TWO})
    Collections(bench.database).mark(collection)
    with pytest.raises(NotFoundError):
        bench.store.collection(collection)
    assert finished(index(IndexRequest(waiting), bench.library)) == []
    finished(remove(RemoveRequest(collection), bench.library))
    assert not (bench.settings.rag / collection).exists() and list(bench.library.vectors.held) == [other]
    with bench.database.read() as connection:
        for table in ("collections", "documents", "chunks", "additions", "items"):
            rows = connection.exec_driver_sql(f"SELECT * FROM rag_{table}").mappings().all()
            assert rows and all(collection not in row.values() for row in rows), table
    bench.check(other)
    assert finished(remove(RemoveRequest(collection), bench.library)) == []
