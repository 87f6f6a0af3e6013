"""What the recipe counts with: the area under the curve against all pairs, the fit on known coefficients, and
as many questions of both kinds."""

import numpy as np
import pytest

from assets.recipes.rag_answerable import Case, _asked, area, area_interval, fitted
from assets.recipes.rag_sections import Question
from pipelines.rag.retrieval.answerable import Signs


def test_the_area_counts_pairs():
    rng = np.random.default_rng(0)
    for _ in range(30):
        scores = rng.choice([0.1, 0.2, 0.5, 0.9], 25) if rng.random() < 0.5 else rng.random(25)
        labels = rng.random(25) < 0.4
        if labels.all() or not labels.any():
            continue
        pairs = [(a > b) + 0.5 * (a == b) for a in scores[labels] for b in scores[~labels]]
        assert area(scores, labels) == pytest.approx(np.mean(pairs))


def test_the_interval_holds_the_area_and_widens_with_groups():
    rng = np.random.default_rng(1)
    labels = rng.random(300) < 0.5
    scores = rng.random(300) + 0.4 * labels
    low, high = area_interval(scores, labels, [str(n) for n in range(300)])
    assert low < area(scores, labels) < high
    wide = area_interval(scores, labels, [str(n // 20) for n in range(300)])
    assert wide[1] - wide[0] > 0.5 * (high - low)


def test_the_fit_finds_the_coefficients_again():
    rng = np.random.default_rng(2)
    rows = rng.random((20_000, 3))
    chances = 1 / (1 + np.exp(-(-3 + 4 * rows[:, 0] + 2 * rows[:, 1])))
    labels = rng.random(20_000) < chances
    cases = [Case("", Signs(*map(float, row)), bool(label)) for row, label in zip(rows, labels, strict=True)]
    bias, weights = fitted(cases, ("words", "margin", "covered"))
    assert bias == pytest.approx(-3, abs=0.2)
    assert weights == pytest.approx({"words": 4, "margin": 2, "covered": 0}, abs=0.25)


def test_as_many_questions_of_both_kinds():
    questions = [Question(f"{story} {n}", story, (0,)) for story in "abc" for n in range(7)]
    asked = _asked(questions, {"b"}, np.random.default_rng(0))
    assert sum(there for _, there in asked) == 7 and len(asked) == 14
    assert all((text[0] == "b") is there for text, there in asked)
    assert len(set(asked)) == 14
