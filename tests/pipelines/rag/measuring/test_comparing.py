"""The table: means, intervals and tests are those of the parts that they come from; nothing is NaN."""

import math
import random

import pytest

from pipelines.common.intervals import mean_interval
from pipelines.common.proportions import holm, mcnemar, paired, proportion
from pipelines.common.randomisation import randomisation
from pipelines.rag.measuring.comparing import BETTER, UNCLEAR, WORSE, against, row_of
from pipelines.rag.measuring.scores import Score, errored


def scores(hits, mrr=None):
    mrr = mrr or hits
    pairs = enumerate(zip(hits, mrr, strict=True))
    return {i: Score(str(i), {"hit": float(h), "mrr": float(m)}, seconds=0.1) for i, (h, m) in pairs}


def test_a_row():
    found = row_of("bm25", scores([1, 1, 0, 1], [1, 0.5, 0, 1]) | {4: errored("4", "away")})
    hit, mrr = found.estimates["hit"], found.estimates["mrr"]
    wilson, mean = proportion(3, 4), mean_interval([1, 0.5, 0, 1])
    assert (hit.mean, hit.low, hit.high, hit.count) == (0.75, wilson.low, wilson.high, 4)
    assert (mrr.mean, mrr.low, mrr.high) == (0.625, mean.low, mean.high)
    assert found.done == 5 and found.failed == {"error": 1} and found.seconds == pytest.approx(0.1)
    assert "em" not in found.estimates


def test_one_question_has_a_mean_and_no_interval():
    found = row_of("x", scores([1], [0.5]))
    assert (found.estimates["mrr"].mean, found.estimates["mrr"].low) == (0.5, None)
    assert row_of("x", {}).estimates == {} and row_of("x", {}).seconds is None


def test_right_and_wrong_by_mcnemar():
    first, second = [1] * 5 + [0] * 15, [1] * 18 + [0] * 2
    (found,) = against(("a", scores(first)), [("b", scores(second))], "hit")
    known = paired([bool(one) for one in first], [bool(one) for one in second])
    assert (found.mean, found.low, found.high, found.p_value) == (
        known.difference,
        known.low,
        known.high,
        mcnemar(0, 13),
    )
    assert (found.wins, found.losses, found.count, found.verdict) == (13, 0, 20, BETTER)


def test_numbers_by_randomisation():
    rng = random.Random(1)
    first = [rng.random() for _ in range(30)]
    second = [max(0.0, one - 0.2) for one in first]
    (found,) = against(("a", scores([1] * 30, first)), [("b", scores([1] * 30, second))], "mrr")
    gaps = [two - one for one, two in zip(first, second, strict=True)]
    assert found.p_value == randomisation(gaps) and found.low == mean_interval(gaps).low
    assert found.verdict == WORSE


def test_only_questions_that_both_have():
    first, second = scores([1, 0, 1, 1]), scores([0, 1, 1])
    (found,) = against(("a", first), [("b", {3: second[0], 1: second[1]})], "hit")
    assert (found.count, found.wins, found.losses, found.mean, found.verdict) == (2, 1, 1, 0, UNCLEAR)
    assert against(("a", first), [("b", {9: second[0]})], "hit") == []
    assert against(("a", first), [("b", first)], "em") == []


def test_adjusted_for_how_many_are_compared():
    base = scores([1, 0] * 10)
    others = [("b", scores([1] * 20)), ("c", scores([1] * 12 + [0] * 8)), ("d", base)]
    found = against(("a", base), others, "hit")
    assert [one.adjusted for one in found] == holm([one.p_value for one in found])
    assert found[2].p_value == 1 and found[2].mean == 0 and found[2].verdict == UNCLEAR


def test_never_nan():
    rng = random.Random(4)
    for _ in range(40):
        made = [
            scores([rng.random() < p for _ in range(n)], [rng.choice((0, 0.5, 1)) for _ in range(n)])
            for n in (rng.randrange(0, 7), rng.randrange(0, 7))
            for p in (rng.choice((0, 0.5, 1)),)
        ]
        numbers = [
            v for one in made for e in row_of("x", one).estimates.values() for v in (e.mean, e.low, e.high)
        ]
        for metric in ("hit", "mrr"):
            for one in against(("a", made[0]), [("b", made[1])], metric):
                numbers += [one.mean, one.low, one.high, one.p_value, one.adjusted]
        assert all(value is None or math.isfinite(value) for value in numbers)
