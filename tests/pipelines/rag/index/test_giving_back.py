"""What was removed leaves the graph and the disk, whatever a kill interrupts."""

import sqlite3

import numpy as np
import pytest

from pipelines.rag.index import disk, stored
from pipelines.rag.index.chroma import SPARE
from pipelines.rag.index.vectors import Vectors
from pipelines.rag.places import disk_bytes

A, B = "0b4xk2m9qwea", "0b4xk2m9qweb"


@pytest.fixture
def filled(settings, some_vectors):
    """(vectors, ids, rows) with a collection of which half was removed."""
    vectors = Vectors(settings)
    ids, rows = some_vectors(1400, width=64)
    vectors.add(A, ids, rows)
    vectors.remove(A, ids[:700])
    return vectors, ids, rows


def whole(vectors, ids, rows):
    """The half that is left, each with its vector, found by the graph too."""
    found, matrix = vectors.matrix(A, 99)
    assert list(found) == sorted(ids[700:])
    expected = rows[700:][np.argsort(ids[700:])]
    np.testing.assert_allclose(matrix, expected, atol=1e-6)
    best, scores, _ = vectors.search(A, 99, rows[800], 3, "hnsw")
    assert scores[0] > 0.999 and set(best) <= set(ids[700:])


def folders(settings):
    return {path.name for path in (settings.home / "chroma").iterdir() if path.is_dir()}


def test_chroma_alone_gives_nothing_back(filled, settings):
    """Why there is a copy: should this fail with a newer Chroma, it is not needed any more."""
    vectors, ids, _ = filled
    before = disk_bytes(settings.home / "chroma")
    vectors.remove(A, ids[700:1300])
    vectors.sweep()
    (graph,) = (settings.home / "chroma").glob("*/data_level0.bin")
    assert graph.stat().st_size > 1000 * 64 * 4 and disk_bytes(settings.home / "chroma") > before / 2


def test_a_copy_takes_its_place_and_the_disk_has_the_rest_back(filled, settings):
    vectors, ids, rows = filled
    before, old = disk_bytes(settings.home / "chroma"), folders(settings)
    steps = list(vectors.compact(A))
    assert len(steps) == 7  # of 100
    whole(vectors, ids, rows)
    freed = vectors.sweep()
    assert freed > 700 * 64 * 4 and disk_bytes(settings.home / "chroma") < before - freed / 2
    assert not folders(settings) & old
    assert list(vectors.compact(A)) == []  # nothing was removed since
    whole(Vectors(settings), ids, rows)


def test_of_a_large_collection_a_few_removed_are_borne(settings, some_vectors, monkeypatch):
    monkeypatch.setattr(stored, "_SMALL", 100)
    vectors = Vectors(settings)
    ids, rows = some_vectors(300)
    vectors.add(A, ids, rows)
    vectors.remove(A, ids[:20])
    assert list(vectors.compact(A)) == []
    vectors.remove(A, ids[20:40])
    assert list(Vectors(settings).compact(A)) != []  # how many were removed outlives the process


@pytest.mark.parametrize("steps", [1, 3, 6])
def test_broken_off_it_leaves_the_collection_as_it_was(filled, settings, steps):
    vectors, ids, rows = filled
    copying = vectors.compact(A)
    for _ in range(steps):
        next(copying)
    copying.close()
    whole(vectors, ids, rows)
    assert vectors._chroma.names() == [A]
    assert list(vectors.compact(A)) and vectors.count(A) == 700


@pytest.mark.parametrize("change", ["add", "remove", "drop"])
def test_given_up_where_the_collection_changes_meanwhile(filled, change):
    vectors, ids, rows = filled
    copying = vectors.compact(A)
    next(copying)
    if change == "add":
        vectors.add(A, ["new"], rows[:1])
    elif change == "remove":
        vectors.remove(A, ids[700:710])
    else:
        vectors.drop(A)
    list(copying)
    assert vectors.count(A) == {"add": 701, "remove": 690, "drop": 0}[change]
    assert A + SPARE not in vectors._chroma.names()


def test_killed_while_it_copies(filled, settings):
    vectors, ids, rows = filled
    copying = vectors.compact(A)
    next(copying), next(copying)  # and never goes on
    again = Vectors(settings)
    whole(again, ids, rows)
    again.sweep()
    assert again._chroma.names() == [A]
    copying.close()


def test_killed_between_the_old_and_the_new(filled, settings, monkeypatch):
    vectors, ids, rows = filled
    monkeypatch.setattr(vectors._chroma, "_revive", lambda name: False)  # dies before the copy has the name
    list(vectors.compact(A))
    assert vectors._chroma.names() == [A + SPARE]
    again = Vectors(settings)
    again.sweep()
    whole(again, ids, rows)
    assert again._chroma.names() == [A]


def test_another_searches_on_while_it_is_copied(filled):
    vectors, ids, rows = filled
    for _ in vectors.compact(A):
        assert vectors.search(A, 1, rows[900], 1, "hnsw")[1][0] > 0.999
        assert vectors.present(A, [ids[900], ids[3]]) == {ids[900]}
    assert vectors.present(A, [ids[900], ids[3]]) == {ids[900]}


def test_a_dropped_collection_leaves_the_disk_and_others_stay(filled, settings, some_vectors):
    vectors, _, _ = filled
    others, theirs = some_vectors(1200, seed=4, width=64)
    vectors.add(B, others, theirs)
    before = disk_bytes(settings.home / "chroma")
    vectors.drop(A)
    freed = vectors.sweep()
    assert freed > 1000 * 64 * 4 and disk_bytes(settings.home / "chroma") <= before - freed * 0.9
    assert vectors.sweep() == 0
    assert vectors.count(B) == 1200 and vectors.search(B, 1, theirs[5], 1, "hnsw")[1][0] > 0.999


def test_what_is_not_chromas_is_left_alone(filled, settings):
    vectors, _, _ = filled
    (settings.home / "chroma" / "notes").mkdir()
    (settings.home / "chroma" / "notes.txt").write_text("mine")
    vectors.sweep()
    assert (settings.home / "chroma" / "notes").is_dir() and (
        settings.home / "chroma" / "notes.txt"
    ).is_file()


def test_a_busy_database_is_not_vacuumed(filled, settings, monkeypatch):
    vectors, ids, rows = filled
    monkeypatch.setattr(disk, "_WAIT_SECONDS", 0.05)
    file = settings.home / "chroma" / "chroma.sqlite3"
    with sqlite3.connect(file) as other:
        other.execute("BEGIN IMMEDIATE")
        vectors.sweep()
        other.rollback()
    whole(vectors, ids, rows)
