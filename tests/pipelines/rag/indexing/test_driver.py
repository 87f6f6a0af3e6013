"""The thread that has the worker work, against workers that die, hang on or never come up."""

import time

import pytest

from pipelines.core.errors import GlassworksError, UnreachedError, WorkerDiedError
from pipelines.rag.answers import Indexed
from pipelines.rag.collections import Collections
from pipelines.rag.indexing import driver as module
from pipelines.rag.indexing.driver import Driver
from pipelines.rag.indexing.handler import index, remove
from pipelines.rag.records import State
from pipelines.rag.requests import IndexRequest
from tests.support.rag_indexing import SPEC, story


class Runtime:
    """Streams of the real handlers. ``faults`` are raised in turn before one begins, None for none."""

    def __init__(self, library, faults=()):
        self.library, self.faults, self.asked = library, list(faults), []

    def stream(self, request):
        self.asked.append(type(request).__name__)
        fault = self.faults.pop(0) if self.faults else None
        if fault:
            raise fault
        handler = index if isinstance(request, IndexRequest) else remove
        yield from (event for event in handler(request, self.library) if isinstance(event, Indexed))


@pytest.fixture
def driven(bench, monkeypatch):
    monkeypatch.setattr(module, "_PAUSE_SECONDS", 0.01)
    made = []

    def make(*faults):
        made.append(Driver(bench.database, Runtime(bench.library, faults)))
        return made[-1]

    yield make
    for one in made:
        one.close()


def over(bench, driver, addition):
    driver.wake()
    assert driver.wait(lambda: not bench.store.addition(addition).live, 30)
    return bench.store.addition(addition)


def test_a_worker_that_dies_is_tried_again(bench, collection, driven):
    addition = bench.add(collection, {"one.txt": story(1)})
    driver = driven(*[WorkerDiedError("It died.")] * 3)
    assert over(bench, driver, addition).state is State.SUCCEEDED
    bench.check(collection)


def test_while_the_database_is_away_the_work_waits(bench, collection, driven, monkeypatch):
    """The first time the queue cannot be read, the second and third time the worker cannot read it."""
    monkeypatch.setattr(module, "_AWAY_SECONDS", 0.01)
    driver, away = driven(*[UnreachedError("It is away.")] * 2), [UnreachedError("It is away.")]
    waiting = driver._additions.waiting
    monkeypatch.setattr(driver._additions, "waiting", lambda: _raised(away.pop()) if away else waiting())
    addition = bench.add(collection, {"one.txt": story(1)})
    assert over(bench, driver, addition).state is State.SUCCEEDED and not away
    bench.check(collection)


def _raised(fault):
    raise fault


def test_a_worker_that_never_comes_up_ends_the_addition_in_words(bench, collection, driven):
    addition = bench.add(collection, {"one.txt": story(1)})
    driver = driven(*[WorkerDiedError("It died.")] * 5)
    told = over(bench, driver, addition)
    assert told.state is State.FAILED and "5 times" in told.message
    assert driver.wait(lambda: not Collections(bench.database).behind(), 30)  # and what is left is tidied
    bench.check(collection)
    (document,) = bench.store.documents(collection)
    assert document.state is State.FAILED
    driver._runtime.faults = []
    assert over(bench, driver, bench.add(collection, {"one.txt": story(1)})).state is State.SUCCEEDED


def test_a_fault_of_all_documents_is_the_addition_s(bench, collection, driven):
    addition = bench.add(collection, {"one.txt": story(1)})
    told = over(bench, driven(GlassworksError("There is no such model.")), addition)
    assert told.state is State.FAILED and told.message == "There is no such model."


def test_a_collection_that_cannot_be_tidied_does_not_stop_the_others(bench, collection, driven):
    Collections(bench.database).mark(collection)
    other = Collections(bench.database).create(SPEC, "bob", 10)
    addition = bench.add(other, {"one.txt": story(1)}, "bob")
    driver = driven(GlassworksError("It cannot be removed."))
    assert over(bench, driver, addition).state is State.SUCCEEDED
    assert Collections(bench.database).marked() == [collection]  # the next start tries again
    again = driven()
    again.wake()
    assert again.wait(lambda: Collections(bench.database).is_marked(collection) is None, 30)


def test_what_is_deleted_goes_first_then_what_is_cancelled(bench, collection, driven):
    first = bench.add(collection, {"one.txt": story(1)})
    second = bench.add(collection, {"two.txt": story(2)})
    gone = Collections(bench.database).create(SPEC, "bob", 10)
    Collections(bench.database).mark(gone)
    bench.additions.cancel(second)
    driver = driven()
    over(bench, driver, first)
    assert driver._runtime.asked == ["RemoveRequest", "IndexRequest", "IndexRequest"]
    assert bench.store.addition(second).state is State.CANCELLED
    assert [one.name for one in bench.store.documents(collection)] == ["one.txt"]


def test_closing_waits_for_no_long_work(bench, collection, driven):
    addition = bench.add(collection, {"one.txt": story(1)})
    driver = driven()
    stream = driver._runtime.stream

    def endless(request):
        yield from (Indexed("embedding", 0, 1) for _ in range(10**6) if not time.sleep(0.01))
        yield from stream(request)

    driver._runtime.stream = endless
    driver.wake()
    time.sleep(0.05)
    driver.close()
    assert not driver._thread.is_alive() and bench.store.addition(addition).live
