"""Killed at any place, the work goes on to the same end: fuzzed over the places and the moments."""

import random

import pytest

from pipelines.rag.collections import Collections
from pipelines.rag.indexing.handler import index, remove
from pipelines.rag.records import State
from pipelines.rag.requests import IndexRequest, RemoveRequest
from tests.support.rag_indexing import SPEC, KilledError, finished, story

FILES = {f"{name}.txt": story(seed, 40) for seed, name in enumerate(("one", "two", "three"))}
CHANGED = {"one.txt": FILES["one.txt"].replace("Crab", "Lobster"), "four.txt": story(9, 20)}
GONE = "two.txt"


def survived(bench, draw, begin):
    """Begin again after each death until the work is over; how often it died."""
    deaths = 0
    while True:
        bench.library.deaths = draw.choice([None, *range(8)]) if deaths < 12 else None
        steps, left = begin(), draw.randrange(120) if deaths < 12 else 10**6
        try:
            for _ in steps:
                left -= 1
                if not left:
                    raise KilledError
            return deaths
        except KilledError:
            deaths += 1
        finally:
            bench.library.deaths = None
            bench.library.vectors.deaf = (
                draw.random() < 0.5
            )  # killed, or closed and able to write a last time
            steps.close()
            bench.library.vectors.deaf = False


def chunks_of(bench, collection):
    """What the texts of the chunks are; their ids hang on the ids of the documents, which are drawn."""
    return {name: list(chunks.values()) for name, chunks in bench.seen(collection).items()}


@pytest.fixture
def undisturbed(bench):
    made = Collections(bench.database).create(SPEC, "zoe", 10)
    for files in (FILES, CHANGED):
        finished(index(IndexRequest(bench.add(made, files, "zoe")), bench.library))
    return chunks_of(bench, made)


@pytest.mark.parametrize("seed", range(10))
def test_killed_at_any_place_no_chunk_is_missing_and_none_is_there_twice(
    bench, collection, undisturbed, seed
):
    draw, died = random.Random(seed), 0
    for files in (FILES, CHANGED):
        addition = bench.add(collection, files)

        def begin(addition=addition):
            bench.additions.pause(addition)  # deaths without progress are another test's
            return index(IndexRequest(addition), bench.library)

        died += survived(bench, draw, begin)
        assert bench.store.addition(addition).state is State.SUCCEEDED
        bench.check(collection)
    assert died and chunks_of(bench, collection) == undisturbed
    ids = [chunk.id for chunk in bench.store.all_chunks(collection)]
    assert len(ids) == len(set(ids))
    document = bench.store.document(collection, GONE)
    Collections(bench.database).mark_documents(collection, [document.id])
    survived(bench, draw, lambda: remove(RemoveRequest(collection), bench.library))
    bench.check(collection)
    assert chunks_of(bench, collection) == {
        name: chunks for name, chunks in undisturbed.items() if name != GONE
    }
    Collections(bench.database).mark(collection)
    survived(bench, draw, lambda: remove(RemoveRequest(collection), bench.library))
    assert collection not in bench.library.vectors.held and not (bench.settings.rag / collection).exists()


@pytest.mark.parametrize("seed", range(6))
def test_killed_and_then_cancelled_it_leaves_whole_documents(bench, collection, undisturbed, seed):
    draw = random.Random(seed)
    finished(index(IndexRequest(bench.add(collection, {"three.txt": FILES["three.txt"]})), bench.library))
    addition = bench.add(collection, {**FILES, **CHANGED})
    bench.library.deaths = draw.randrange(2, 8)
    with pytest.raises(KilledError):
        finished(index(IndexRequest(addition), bench.library))
    bench.library.deaths = None
    bench.additions.cancel(addition)
    finished(index(IndexRequest(addition), bench.library))
    assert bench.store.addition(addition).state is State.CANCELLED
    bench.check(collection)
    seen = chunks_of(bench, collection)
    assert seen["three.txt"] == undisturbed["three.txt"]
    assert all(chunks == undisturbed[name] for name, chunks in seen.items())


@pytest.mark.parametrize("seed", range(4))
def test_an_addition_that_is_given_up_is_tidied(bench, collection, seed):
    """What the page does when the worker never comes back."""
    finished(index(IndexRequest(bench.add(collection, FILES)), bench.library))
    before = chunks_of(bench, collection)
    addition = bench.add(collection, CHANGED)
    bench.library.deaths = seed
    with pytest.raises(KilledError):
        finished(index(IndexRequest(addition), bench.library))
    bench.library.deaths = None
    bench.additions.fail(addition, "The worker does not come up.")
    assert Collections(bench.database).behind() == [collection]
    finished(remove(RemoveRequest(collection), bench.library))
    assert chunks_of(bench, collection) == before
    bench.check(collection)
