"""Measures of a ranking: cases worked by hand, and scikit-learn for nDCG."""

import math
import random

import numpy as np
import pytest
from sklearn.metrics import ndcg_score

from pipelines.rag.measuring.ranking import hit, ndcg, precision, reciprocal_rank

SECOND, FOURTH = 1 / math.log2(3), 1 / math.log2(5)  # what places count, the first counts 1


@pytest.mark.parametrize(
    ("flags", "relevant", "wanted"),
    [
        ([False, True, False, True], 2, (True, 1 / 2, (SECOND + FOURTH) / (1 + SECOND), 0.5)),
        ([True], 3, (True, 1.0, 1.0, 1.0)),
        ([False, False], 1, (False, 0.0, 0.0, 0.0)),
        ([], 0, (False, 0.0, 0.0, 0.0)),
    ],
)
def test_cases_worked_by_hand(flags, relevant, wanted):
    assert (hit(flags), reciprocal_rank(flags)) == wanted[:2]
    assert ndcg(flags, relevant, len(flags)) == pytest.approx(wanted[2])
    assert precision(flags) == wanted[3]


def test_ndcg_is_that_of_scikit_learn():
    rng = np.random.default_rng(3)
    for _ in range(200):
        count, k = int(rng.integers(2, 30)), int(rng.integers(1, 12))
        truth = rng.random(count) < 0.25
        scores = rng.permutation(count).astype(float)
        order = np.argsort(-scores)
        mine = ndcg([bool(one) for one in truth[order][:k]], int(truth.sum()), k)
        theirs = ndcg_score([truth.astype(float)], [scores], k=k) if truth.any() else 0.0
        assert mine == pytest.approx(theirs)


def test_never_nan_and_never_beyond_one():
    rng = random.Random(5)
    for _ in range(500):
        flags = [rng.random() < 0.5 for _ in range(rng.randrange(0, 9))]
        for value in (
            reciprocal_rank(flags),
            ndcg(flags, rng.randrange(0, 9), rng.randrange(0, 9)),
            precision(flags),
        ):
            assert 0 <= value <= 1
