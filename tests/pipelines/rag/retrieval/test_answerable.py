"""The signs of a search by hand, and the probability that is made of them."""

import math

import pytest

from pipelines.rag.requests import SearchRequest
from pipelines.rag.retrieval.answerable import BIAS, TOP, WEIGHTS, Signs, probability, signs
from pipelines.rag.retrieval.ranking import Ranking
from pipelines.rag.retrieval.search import search
from pipelines.rag.specs import SearchSpec
from tests.support.rag_library import FakeLibrary

BM25 = Ranking(("a", "b", "c", "d", "e", "f"), (6.0, 5.0, 4.0, 3.0, 2.0, 1.0))
DENSE = Ranking(("b", "x", "a", "y", "z"), (0.7, 0.6, 0.5, 0.4, 0.3))
WORTH = {"fox": 5.0, "den": 3.0, "river": 2.0}


def test_signs_by_hand():
    found = signs(BM25, DENSE, WORTH, {"fox", "river", "hen"})
    assert found == Signs(words=0.6, margin=0.4, covered=2 / 3, cosine=0.7, agreement=2 / TOP)


def test_without_the_dense_retriever_bm25_speaks_alone():
    found = signs(BM25, None, WORTH, set(WORTH))
    assert found == Signs(0.6, 0.4, 1.0) and found.cosine is None
    assert signs(BM25, Ranking(), WORTH, set()).cosine is None


def test_few_hits_have_all_the_margin():
    assert signs(Ranking(("a",), (4.0,)), None, WORTH, set()).margin == 0.4


def test_a_question_of_helping_words_alone_has_no_signs():
    assert signs(Ranking(), None, {}, {"fox"}) == Signs(0.0, 0.0, 0.0)


def test_probability_is_the_logistic_of_the_constants():
    found = Signs(0.5, 0.2, 0.8, 0.6, 0.4)
    total = BIAS["both"] + sum(weight * getattr(found, name) for name, weight in WEIGHTS["both"].items())
    assert probability(found) == pytest.approx(1 / (1 + math.exp(-total)))
    total = BIAS["words"] + sum(weight * getattr(found, name) for name, weight in WEIGHTS["words"].items())
    assert probability(Signs(0.5, 0.2, 0.8)) == pytest.approx(1 / (1 + math.exp(-total)))


@pytest.mark.parametrize("name", ["words", "margin", "covered", "cosine", "agreement"])
def test_every_sign_speaks_for_an_answer(name):
    low = {"words": 0.3, "margin": 0.1, "covered": 0.5, "cosine": 0.4, "agreement": 0.2}
    assert probability(Signs(**{**low, name: low[name] + 0.2})) > probability(Signs(**low))


def test_all_signs_and_none():
    assert probability(Signs(1, 1, 1, 1, 1)) > 0.99 and probability(Signs(0, 0, 0, 0, 0)) < 0.01
    assert probability(Signs(1, 1, 1)) > 0.99 and probability(Signs(0, 0, 0)) < 0.01


def answerable(query: str, **settings) -> float:
    library = FakeLibrary(
        {
            "fox.txt": ["The fox found a red hen near the river.", "He ran home to his den and slept."],
            "king.txt": [f"A king had {n} daughters and a golden crown." for n in range(2, 9)],
        }
    )
    *_, found = search(SearchRequest("tales", query, SearchSpec(**settings)), library)
    return found.answerable


def test_a_question_about_what_is_there_is_above_one_that_is_not():
    there, elsewhere = "fox found a red hen near the river", "volcano erupts on distant island tomorrow"
    for mode in ("hybrid", "dense", "bm25"):
        assert answerable(there, mode=mode) > 0.7 > 0.05 > answerable(elsewhere, mode=mode)


def test_how_passages_are_ordered_does_not_matter():
    query = "where did the fox sleep"
    usual = answerable(query)
    for settings in ({"fusion": "rrf"}, {"mmr": 0.3}, {"top_k": 1}, {"neighbours": 2}, {"mode": "dense"}):
        assert answerable(query, **settings) == usual
