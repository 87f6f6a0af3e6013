"""Which chunks hold a gold place, and how much of it they have."""

import random

import pytest

from pipelines.rag.measuring.questions import Gold
from pipelines.rag.measuring.relevance import Piece, Pieces, holds_whole, is_relevant, recalled


def at(start, end, document="a.md"):
    return Piece(f"{start}-{end}", document, start, end)


GOLD = Gold("a.md", 100, 140, "x" * 40)


@pytest.mark.parametrize(
    ("piece", "relevant", "whole"),
    [
        (at(0, 200), True, True),
        (at(100, 140), True, True),
        (at(0, 120), True, False),
        (at(0, 119), False, False),
        (at(120, 300), True, False),
        (at(121, 300), False, False),
        (at(110, 120), True, True),  # lies in it: a section longer than any chunk
        (at(140, 200), False, False),
        (at(0, 200, "b.md"), False, False),
    ],
)
def test_half_of_the_shorter_is_enough(piece, relevant, whole):
    assert is_relevant(piece, GOLD) is relevant
    assert holds_whole(piece, GOLD) is whole


def test_a_whole_document_is_held_by_any_chunk_of_it():
    whole = Gold("a.md")
    assert is_relevant(at(5, 9), whole) and holds_whole(at(5, 9), whole)
    assert not is_relevant(at(5, 9, "b.md"), whole)
    assert recalled([at(5, 9)], [whole]) == 1 and recalled([at(5, 9, "b.md")], [whole]) == 0


@pytest.mark.parametrize(
    ("pieces", "share"),
    [
        ([at(0, 110)], 0.25),
        ([at(0, 110), at(105, 120)], 0.5),  # what overlaps counts once
        ([at(0, 110), at(130, 200)], 0.5),
        ([at(90, 200), at(0, 110)], 1.0),
        ([at(0, 100)], 0.0),
        ([], 0.0),
    ],
)
def test_recall_counts_characters_once(pieces, share):
    assert recalled(pieces, [GOLD]) == share


def test_recall_is_the_mean_over_places():
    assert recalled([at(0, 140)], [GOLD, Gold("b.md", 0, 4, "yyyy")]) == 0.5


def test_recall_counts_as_a_set_of_characters_would():
    rng = random.Random(2)
    for _ in range(300):
        pieces = [
            at(start, start + rng.randrange(1, 60)) for start in (rng.randrange(60, 180) for _ in range(4))
        ]
        had = {place for one in pieces for place in range(one.start, one.end)} & set(range(100, 140))
        assert recalled(pieces, [GOLD]) == pytest.approx(len(had) / 40)


def test_all_chunks_of_a_place_are_found():
    pieces = Pieces.of([at(0, 120), at(100, 200), at(150, 250), at(0, 200, "b.md")])
    assert [one.id for one in pieces.relevant([GOLD])] == ["0-120", "100-200"]
    assert pieces.relevant([]) == ()
