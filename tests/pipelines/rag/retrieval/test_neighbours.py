"""What stands around a hit: runs in the order of the document, nothing twice, the best run first."""

import random

from pipelines.rag.retrieval.neighbours import with_neighbours
from pipelines.rag.retrieval.ranking import Ranking, ranked

BOOK = [f"b{n}" for n in range(10)]
LEAF = ["l0", "l1"]


def test_two_hits_that_touch_are_one_run():
    found = with_neighbours(Ranking(("b5", "l0", "b3"), (3.0, 2.0, 1.0)), [BOOK, LEAF], 1)
    assert found.ids == ("b2", "b3", "b4", "b5", "b6", "l0", "l1")
    assert found.scores == (1.0, 1.0, 3.0, 3.0, 3.0, 2.0, 2.0), "of the best hit within reach"


def test_the_ends_of_a_document_are_its_ends():
    assert with_neighbours(Ranking(("b0", "b9"), (2.0, 1.0)), [BOOK], 3).ids == (*BOOK[:4], *BOOK[6:])


def test_a_hit_whose_document_is_gone_stays():
    assert with_neighbours(Ranking(("x", "l1"), (2.0, 1.0)), [LEAF], 1).ids == ("x", "l0", "l1")


def test_random_hits_against_counting():
    rng = random.Random(0)
    for _ in range(200):
        hits = ranked({one: rng.random() for one in rng.sample(BOOK + LEAF, rng.randint(1, 6))})
        reach = rng.randint(1, 3)
        found = with_neighbours(hits, [BOOK, LEAF], reach)
        expected = {
            document[at]
            for document in (BOOK, LEAF)
            for at in range(len(document))
            if any(one in document and abs(document.index(one) - at) <= reach for one in hits.ids)
        }
        assert len(found.ids) == len(set(found.ids)) and set(found.ids) == expected
        for one, two in zip(found.ids, found.ids[1:], strict=False):
            same = one[0] == two[0]
            assert not same or int(two[1:]) != int(one[1:]) - 1, "a run goes forward"
        best = hits.ids[0]
        first_run = found.ids[: found.ids.index(best) + 1]
        assert {one[0] for one in first_run} == {best[0]}, "the run with the best hit is first"
