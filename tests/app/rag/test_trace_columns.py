"""A search as columns: ranks, moves, and what is shown of long stages."""

from app.rag.trace_columns import SHOWN, alone, columns, ranks_of
from tests.support.rag_found import found, hybrid, stage


def column(name: str, *args, **kwargs):
    return next(one for one in columns(*args, **kwargs) if one.name == name)


def test_a_column_for_each_stage_and_the_prompt_last():
    assert [one.title for one in columns(hybrid())] == ["BM25", "Dense", "Fusion", "Rerank", "Prompt"]


def test_moves_are_against_the_stage_before():
    rerank = column("rerank", hybrid())
    assert [(row.passage, row.rank, row.change) for row in rerank.rows] == [
        ("d2.0", 1, -3),
        ("d1.0", 2, 1),
        ("d2.1", 3, 1),
        ("d1.1", 4, 1),
    ]
    assert [row.change for row in column("prompt", hybrid()).rows] == [0, 0]


def test_the_retrievers_and_what_joins_them_move_nothing():
    for name in ("bm25", "dense", "fusion"):
        assert all(row.change is None for row in column(name, hybrid()).rows)
        assert column(name, hybrid()).before == ""


def test_what_comes_anew_has_no_move():
    near = found(
        stage("bm25", "d1.1"), stage("neighbours", "d1.0", "d1.1", "d1.2"), hits=("d1.0", "d1.1", "d1.2")
    )
    rows = column("neighbours", near).rows
    assert [row.change for row in rows] == [None, 1, None] and column("neighbours", near).before == "bm25"


def test_the_answers_prompt_counts_where_there_is_one():
    used = ("d1.0",)
    assert [row.passage for row in column("prompt", hybrid(), used).rows] == ["d1.0"]
    marked = {row.passage for one in columns(hybrid(), used) for row in one.rows if row.in_prompt}
    assert marked == {"d1.0"}
    assert "1 did not fit" in column("prompt", hybrid(), used).note
    assert column("prompt", hybrid(), ()).rows == ()


def test_a_long_stage_shows_its_first_and_what_reaches_the_prompt():
    ids = tuple(f"d1.{n}" for n in range(40))
    long = found(stage("bm25", *ids), hits=("d1.30",))
    shown = column("bm25", long)
    assert [row.rank for row in shown.rows] == [*range(1, SHOWN + 1), 31] and shown.of == 40


def test_what_each_retriever_brings_by_itself():
    assert alone(hybrid()) == {"bm25": 1, "dense": 1}, "d1.0 is among the first two of both, d2.0 of neither"
    assert alone(found(stage("dense", "d1.0"), hits=("d1.0",))) == {"dense": 1}


def test_neighbours_are_no_retrievers_merit():
    near = found(stage("bm25", "d1.1", "d3.0"), stage("neighbours", "d1.0", "d1.1"), hits=("d1.0", "d1.1"))
    assert alone(near) == {"bm25": 1}


def test_ranks_by_stage():
    assert ranks_of(hybrid())["d2.1"] == {"dense": 1, "fusion": 2, "rerank": 3}
