"""A score of one question, and the stage at which it failed: each planted on its own."""

import math
import random
from dataclasses import replace

import pytest

from pipelines.rag.measuring.failing import Failure, Rank, lost_at
from pipelines.rag.measuring.judging import Answered, Known, judged
from pipelines.rag.measuring.questions import Question
from pipelines.rag.measuring.relevance import Piece, Pieces
from pipelines.rag.measuring.scores import METRICS, score_from, score_json
from pipelines.rag.specs import SearchSpec
from tests.pipelines.rag.measuring.conftest import found_of, gold, passage

TOP3 = SearchSpec(top_k=3)
OTHERS = ["c0", "c1", "c3", "c4", "c5", "c6"]
RIGHT = "It is Sentence number 7."


def score(question, pieces, hits, answered=None, spec=TOP3, **stages):
    known = Known.of(question, question.gold, Pieces.of(pieces))
    found = found_of(pieces, hits, **stages)
    if answered is not None:
        text, used, *abstained = answered
        answered = Answered(text, found, tuple(used), *abstained)
    return judged(known, found, spec, answered)


def test_a_hit_by_hand(question, pieces):
    made = score(question, pieces, ["c1", "c2", "c0"], bm25=["c1", "c2"], dense=["c0"])
    assert made.figures == {
        "hit": 1,
        "mrr": 1 / 2,
        "ndcg": pytest.approx(1 / math.log2(3)),
        "precision": 1 / 3,
        "recall": 1,
    }
    assert made.failed == "" and not made.cut
    assert made.ranks == (Rank("bm25", 2, 2), Rank("dense", 0, 1), Rank("hits", 2, 3))


@pytest.mark.parametrize(
    ("stages", "hits", "failure"),
    [
        ({"bm25": OTHERS, "dense": OTHERS, "fusion": OTHERS}, OTHERS[:3], Failure.CANDIDATES),
        ({"bm25": [*OTHERS, "c2"]}, OTHERS[:3], Failure.RANKING),
        ({"bm25": ["c2", *OTHERS], "dense": OTHERS, "fusion": [*OTHERS, "c2"]}, OTHERS[:3], Failure.FUSION),
        ({"bm25": ["c2", *OTHERS], "fusion": ["c2", *OTHERS], "mmr": OTHERS[:3]}, OTHERS[:3], Failure.MMR),
        (
            {"bm25": ["c2", *OTHERS], "fusion": ["c2", *OTHERS], "rerank": [*OTHERS, "c2"]},
            OTHERS[:3],
            Failure.RERANK,
        ),
        (
            {
                "bm25": ["c2", *OTHERS],
                "fusion": [*OTHERS, "c2"],
                "rerank": ["c0", "c2", "c1"],
                "mmr": OTHERS[:3],
            },
            OTHERS[:3],
            Failure.MMR,
        ),
    ],
)
def test_the_stage_that_lost_it(question, pieces, stages, hits, failure):
    made = score(question, pieces, hits, **stages)
    assert made.failed == failure and made.figures["hit"] == 0


def test_never_in_one_chunk(pieces):
    """A place across three chunks, of none of which it takes half, and which none of them takes half of."""
    long = [Piece("a", "a.md", 0, 120), Piece("b", "a.md", 120, 150), Piece("c", "a.md", 150, 400)]
    question = Question("?", (), (gold(80, 180),))
    made = score(question, [long[0], long[2]], ["a"], bm25=["a", "c"])
    assert made.failed == Failure.CHUNKING and made.cut and made.figures["hit"] == 0


def test_half_in_a_chunk_is_found_and_marked_as_cut(pieces):
    made = score(Question("?", (), (gold(190, 220),)), pieces, ["c2"], bm25=["c2"])
    assert made.figures["hit"] == 1 and made.cut and made.figures["recall"] == pytest.approx(2 / 3)


def test_gone_from_the_collection(question, pieces):
    found = found_of(pieces, OTHERS[:3], bm25=OTHERS)
    made = judged(Known.of(question, (), Pieces.of(pieces)), found, TOP3)
    assert made.failed == Failure.GONE and "hit" not in made.figures


@pytest.mark.parametrize(
    ("answered", "failure", "em", "f1"),
    [
        ((RIGHT, ["c2"]), "", 0, 0.75),
        (("sentence number 7", ["c2"]), "", 1, 1),
        (("The cat.", ["c2", "c1"]), Failure.ANSWER, 0, 0),
        (("The cat.", ["c1"]), Failure.PROMPT, 0, 0),
        (("", [], True), Failure.ABSTAINED, 0, 0),
        ((RIGHT, ["c2"], True), Failure.ABSTAINED, 0, 0),
    ],
)
def test_of_an_answer(question, pieces, answered, failure, em, f1):
    made = score(question, pieces, ["c2", "c1"], answered, bm25=["c2", "c1"])
    assert made.failed == failure
    assert (made.figures["em"], made.figures["f1"]) == (em, pytest.approx(f1))


def test_right_without_its_passage_has_not_failed(question, pieces):
    made = score(question, pieces, OTHERS[:3], (RIGHT, ["c0"]), bm25=OTHERS)
    assert made.failed == "" and made.figures["hit"] == 0


def test_wrong_without_its_passage_failed_at_the_search(question, pieces):
    made = score(question, pieces, OTHERS[:3], ("The cat.", ["c0"]), bm25=OTHERS)
    assert made.failed == Failure.CANDIDATES


def test_faithfulness_is_the_share_of_backed_claims(question, pieces):
    found = found_of(pieces, ["c2"], bm25=["c2"])
    known = Known.of(question, question.gold, Pieces.of(pieces))
    judge = lambda answered: judged(known, found, TOP3, answered, 0.6).figures["faithful"]  # noqa: E731
    assert judge(Answered("a b", found, ("c2",), supports=(0.9, 0.6, 0.1))) == pytest.approx(2 / 3)
    assert judge(Answered("Sentence number 7 is here. Cats fly.", found, ("c2",))) == 0.5
    assert judge(Answered("Sentence number 7 is here.", found, ())) == 0
    assert judge(Answered("", found, ("c2",))) is None
    assert judge(Answered("x", found, ("c2",), supports=())) is None


def test_the_same_words_elsewhere_count(question, pieces):
    """The search goes on with one of two copies, and not with the one that the question was made from."""
    twin = Piece("twin", "copy.md", 0, 100)
    found = found_of([*pieces, twin], ["twin"], bm25=["twin", "c2"], copies=["twin"])
    same = next(one.text for one in found.passages if one.id == "c2")
    found = replace(
        found,
        passages=tuple(
            passage(twin, same.upper() + " ") if one.id == "twin" else one for one in found.passages
        ),
    )
    made = judged(Known.of(question, question.gold, Pieces.of([*pieces, twin])), found, TOP3)
    assert made.figures["hit"] == 1 and made.figures["recall"] == 1 and made.failed == ""


def test_lost_where_it_was_last_among_the_first():
    lost = lost_at([Rank("bm25", 1, 9), Rank("fusion", 8, 9), Rank("mmr", 2, 5), Rank("rerank", 7, 9)], 5)
    assert lost == Failure.RERANK, "the fusion's fault was mended"


def test_never_nan(pieces):
    rng = random.Random(11)
    names = [one.id for one in pieces]
    for _ in range(300):
        golds = tuple(
            gold(start, start + rng.randrange(1, 300))
            for start in (rng.randrange(0, 900) for _ in range(rng.randrange(3)))
        )
        question = Question("?", ("a", "Sentence")[: rng.randrange(3)], golds)
        ranked = [rng.sample(names, rng.randrange(0, 9)) for _ in range(3)]
        answered = rng.choice([None, ("", ["c1"], True), ("Sentence 3.", ranked[2]), ("…", [])])
        made = score(question, pieces, ranked[2], answered, bm25=ranked[0], dense=ranked[1], fusion=ranked[2])
        assert all(value is None or 0 <= value <= 1 for value in made.figures.values())
        assert made.figures.keys() <= {one.name for one in METRICS}
        assert score_from(score_json(made)) == made
