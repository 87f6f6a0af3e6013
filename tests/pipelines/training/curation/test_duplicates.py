"""Copies: small edits are found, unrelated texts are not, and the first always stays."""

import random

import numpy as np
import pytest

from pipelines.training.curation.duplicates import ExactIndex, NearIndex, shingles
from pipelines.training.curation.words import words


def jaccard(one: str, other: str, size: int) -> float:
    def sets(text):
        found = words(text.casefold())
        return {tuple(found[i : i + size]) for i in range(max(1, len(found) - size + 1))}

    left, right = sets(one), sets(other)
    return len(left & right) / len(left | right)


def edited(text: str, edits: int, rng: random.Random) -> str:
    """Some words replaced, one dropped in or taken out."""
    found = text.split()
    for _ in range(edits):
        place = rng.randrange(len(found))
        found[place : place + 1] = rng.choice([["other"], ["one", "more"], []])
    return " ".join(found)


def index_of(texts: list[str], threshold: float, size: int) -> NearIndex:
    index = NearIndex(threshold, size)
    for number, text in enumerate(texts):
        index.insert(index.signature(text), number)
    return index


def test_exact_means_equal_but_for_case_and_space():
    index = ExactIndex()
    index.insert("The fox\nran  home.", 0)
    assert index.find("the FOX ran home.") == 0
    assert index.find("The fox ran home!") is None


def test_near_copies_are_found_by_their_true_similarity(texts):
    """Fuzz: what is clearly above the threshold is found, what is clearly below is not."""
    rng, index, found = random.Random(1), index_of(texts, 0.6, 3), 0
    for number in range(0, len(texts), 2):
        copy = edited(texts[number], rng.randint(0, 14), rng)
        true, answer = jaccard(texts[number], copy, 3), index.find(copy)
        if true >= 0.75:
            assert answer is not None and answer[0] == number, f"missed one of {true:.2f}"
            assert answer[1] == pytest.approx(true, abs=0.16)
            found += 1
        elif true <= 0.4:
            assert answer is None, f"{true:.2f} was taken for a copy"
    assert found > 20


def test_unrelated_texts_are_no_copies(texts):
    index = index_of(texts[:100], 0.5, 3)
    assert [index.find(text) for text in texts[100:]] == [None] * 100


def test_the_most_similar_one_is_named_and_the_first_of_equals():
    rng = random.Random(5)
    base = " ".join(f"w{i}" for i in range(120))
    near, far = edited(base, 1, rng), edited(base, 9, rng)
    index = index_of([far, near, near], 0.4, 3)
    assert index.find(base)[0] == 1


def test_two_indices_agree(texts):
    copies = [edited(text, 3, random.Random(2)) for text in texts[:40]]
    answers = [[index_of(texts, 0.7, 5).find(copy) for copy in copies] for _ in range(2)]
    assert answers[0] == answers[1]


def test_order_of_words_counts_in_a_shingle():
    one, other = shingles("a b c d e f", 3), shingles("f e d c b a", 3)
    assert len(np.intersect1d(one, other)) == 0 and len(one) == 4
    assert np.array_equal(shingles("A  b c D e f", 3), one)


@pytest.mark.parametrize("text", ["", "   ", "one", "…!", "漢字", "\ud800"])
def test_a_text_of_few_words_is_one_shingle_at_least(text):
    assert len(shingles(text, 5)) == 1
