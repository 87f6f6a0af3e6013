"""Trees are kept by visitor; another visitor's does not exist; bounds are told in words."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, GlassworksError, NotFoundError, SpecError
from pipelines.generation import trees
from pipelines.generation.trees import TreeStore

TREE = {"prompt": "né \x00 🦀", "nodes": [[1, 0, 5]]}


@pytest.fixture
def store(settings):
    return TreeStore(Database(settings.url))


def test_round_trip_outlives_the_database_object(store, settings):
    kept = store.add("ann", "  A   title ", "house/x", TREE)
    again = TreeStore(Database(settings.url)).get("ann", kept.id)
    assert (again.title, again.version, again.tree) == ("A title", 1, TREE)


def test_a_tree_of_another_visitor_does_not_exist(store):
    kept = store.add("ann", "t", "m", TREE)
    for forbidden in (
        lambda: store.get("eve", kept.id),
        lambda: store.save("eve", kept.id, 1, {}),
        lambda: store.rename("eve", kept.id, "x"),
        lambda: store.delete("eve", kept.id),
    ):
        with pytest.raises(NotFoundError):
            forbidden()
    assert store.list("eve") == [] and store.get("ann", kept.id) == kept


@pytest.mark.parametrize("tree_id", ["", "../x", None, 5, ["a"], "0123456789ab"])
def test_an_unknown_id_is_not_found(store, tree_id):
    with pytest.raises(NotFoundError):
        store.get("ann", tree_id)


def test_the_last_changed_is_listed_first(store):
    ids = [store.add("ann", f"t{n}", "m", TREE).id for n in range(3)]
    store.save("ann", ids[0], 1, TREE)
    assert [one.id for one in store.list("ann")] == [ids[0], ids[2], ids[1]]


def test_of_two_changes_of_one_version_one_wins(store):
    kept = store.add("ann", "t", "m", TREE)

    def change(n):
        try:
            return store.save("ann", kept.id, 1, {"n": n})
        except ConflictError:
            return None

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(change, range(4)))
    assert sorted(found, key=str) == [2, None, None, None]
    assert store.get("ann", kept.id).tree == {"n": found.index(2)}


def test_there_is_room_for_so_many_and_a_deleted_one_makes_room(store, monkeypatch):
    monkeypatch.setattr(trees, "MAX_TREES", 2)
    first = store.add("ann", "t", "m", TREE)
    store.add("ann", "t", "m", TREE)
    with pytest.raises(ConflictError, match="2 trees"):
        store.add("ann", "t", "m", TREE)
    store.add("bob", "t", "m", TREE)
    store.delete("ann", first.id)
    store.add("ann", "t", "m", TREE)


def test_a_tree_beyond_the_bound_changes_nothing(store, monkeypatch):
    kept = store.add("ann", "t", "m", TREE)
    monkeypatch.setattr(trees, "MAX_CHARS", 100)
    with pytest.raises(GlassworksError, match="100 are kept"):
        store.save("ann", kept.id, 1, {"text": "x" * 100})
    assert store.get("ann", kept.id) == kept


@pytest.mark.parametrize("title", ["", "  \n ", "x" * 121, None, 5])
def test_a_title_is_text_of_some_length(store, title):
    with pytest.raises(SpecError, match="title"):
        store.add("ann", title, "m", TREE)
    kept = store.add("ann", "t", "m", TREE)
    with pytest.raises(SpecError, match="title"):
        store.rename("ann", kept.id, title)


def test_rename(store):
    kept = store.add("ann", "t", "m", TREE)
    store.rename("ann", kept.id, "'; DROP TABLE decoding_trees; --")
    assert [one.title for one in store.list("ann")] == ["'; DROP TABLE decoding_trees; --"]
