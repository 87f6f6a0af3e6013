"""Groups of jobs as rows."""

import pytest

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.jobs.groups import GroupStore


@pytest.fixture
def store(settings):
    return GroupStore(Database(settings.url))


def test_a_group_is_found_again_as_it_was_kept(store, settings):
    kept = store.add(
        "methods", "ann", "  Two\nways ", [{"job": "a", "size": 4}, {"job": "", "reason": "no ∅"}]
    )
    assert kept.title == "Two ways"
    assert GroupStore(Database(settings.url)).get(kept.id) == kept


def test_lists_hold_one_kind_of_one_visitor_newest_first(store):
    first, second = store.add("methods", "ann", "One", []), store.add("methods", "ann", "Two", [])
    other, third = store.add("other", "ann", "Three", []), store.add("methods", "eve", "Four", [])
    assert store.list("methods", "ann") == [second, first]
    assert store.list("methods") == [third, second, first] and store.list("other") == [other]
    assert store.list("methods", limit=1) == [third]


def test_a_group_that_is_gone_or_never_was_is_not_found(store):
    kept = store.add("methods", "ann", "One", [])
    store.delete(kept.id)
    for wrong in (kept.id, "../x", None, 3, ""):
        with pytest.raises(NotFoundError):
            store.get(wrong)


@pytest.mark.parametrize("title", ["", "  ", "x" * 121, None])
def test_a_title_is_needed(store, title):
    with pytest.raises(SpecError, match="title accepts"):
        store.add("methods", "ann", title, [])


def test_entries_are_bounded(store):
    with pytest.raises(SpecError, match="entries accepts"):
        store.add("methods", "ann", "One", [{"reason": "x" * 200_000}])
