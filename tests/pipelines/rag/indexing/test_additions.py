"""The queue as rows."""

import pytest

from pipelines.core.errors import NotFoundError
from pipelines.core.ids import new_id
from pipelines.rag.indexing import additions as module
from pipelines.rag.indexing.additions import Incoming
from pipelines.rag.indexing.items import Items
from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.records import State


def incoming(name, content="a"):
    return Incoming(new_id(), name, "text", 10, content)


def test_to_a_collection_that_is_not_there_nothing_is_added(bench):
    with pytest.raises(NotFoundError):
        bench.additions.add("0" * 12, "ann", [incoming("a.txt")])


def test_only_the_last_additions_are_remembered(bench, collection, monkeypatch):
    monkeypatch.setattr(module, "_REMEMBERED", 3)
    made = []
    for number in range(6):
        addition, _ = bench.additions.add(collection, "ann", [incoming(f"{number}.txt")])
        Items(bench.database, addition).end(State.FAILED, "No.")
        made.append(addition)
    live, _ = bench.additions.add(collection, "ann", [incoming("live.txt")])
    kept = [one.id for one in bench.store.additions(collection)]
    assert kept == [live, *reversed(made[-3:])]
    with bench.database.read() as connection:
        named = connection.exec_driver_sql("SELECT DISTINCT addition FROM rag_items").scalars()
        assert set(named) == set(kept)


def test_bytes_on_their_way_are_no_reason_to_do_nothing(bench, collection):
    """Back to what is searched, while something else is about to replace it: that is work."""
    items = [incoming("a.txt", content) for content in ("old", "new", "old")]
    first, _ = bench.additions.add(collection, "ann", items[:1])
    queue = Items(bench.database, first)
    queue.begin()
    taken = queue.take(queue.rest()[0])
    queue.embedded(taken)
    Revisions(bench.database).publish(collection, [taken])
    queue.end()
    assert bench.additions.add(collection, "ann", [incoming("a.txt", "old")])[1] == set()
    assert bench.additions.add(collection, "ann", items[1:2])[1] == {items[1].id}
    assert bench.additions.add(collection, "ann", items[2:])[1] == {items[2].id}
