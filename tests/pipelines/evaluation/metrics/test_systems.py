"""Two systems on the same references: sacrebleu's own paired tests, and what must hold of any metric."""

import random

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.significance import PairedTest

from pipelines.core.errors import SpecError
from pipelines.evaluation.metrics.handlers import measure
from pipelines.evaluation.metrics.requests import BOOTSTRAP, RANDOMISATION, MetricRequest

WORDS = ("the", "a", "moon", "sun", "shone", "over", "hill", "cat", "sat")


def systems(seed, count=25):
    """References, and two systems of which the second changes words less often."""
    rng = random.Random(seed)
    wanted = [rng.choices(WORDS, k=rng.randint(4, 12)) for _ in range(count)]

    def spoilt(share):
        return tuple(
            " ".join(rng.choice(WORDS) if rng.random() < share else word for word in text) for text in wanted
        )

    return tuple((" ".join(text),) for text in wanted), spoilt(0.5), spoilt(0.4)


def compared(metric, references, first, second, test=BOOTSTRAP, samples=300, **more):
    asked = MetricRequest(metric, first, references, against=second, test=test, samples=samples, **more)
    *_, found = measure(asked, None)
    return found.compared


@pytest.mark.parametrize("test, name", [(BOOTSTRAP, "bs"), (RANDOMISATION, "ar")])
@pytest.mark.parametrize("metric, library", [("bleu", BLEU), ("chrf", CHRF), ("ter", TER)])
def test_as_sacrebleu_tests_it(metric, library, test, name, monkeypatch):
    """With draws that equal what was seen counted: of BLEU and chrF there is none."""
    if metric == "ter":
        monkeypatch.setattr("sacrebleu.significance._compute_p_value", _with_equals)
    references, first, second = systems(3)
    streams = [[one for (one,) in references]]
    asked = PairedTest([("a", first), ("b", second)], {"m": library()}, streams, name, n_samples=300)
    results = asked()[1]
    _, (baseline, other) = [list(values) for key, values in results.items()]
    found = compared(metric, references, first, second, test)
    assert (found.first, found.second) == pytest.approx((baseline.score, other.score), abs=1e-9)
    assert found.p_value == pytest.approx(other.p_value, abs=1e-12)


def _with_equals(values, seen):
    return (int(np.sum(values >= seen - 1e-9)) + 1) / (len(values) + 1)


@pytest.mark.parametrize("metric", ["rougeL", "meteor", "f1", "exact_match", "edit_distance"])
def test_of_any_metric(metric):
    references, first, second = systems(4)
    found = compared(metric, references, first, second)
    assert found.difference == pytest.approx(found.second - found.first)
    assert found.low <= found.difference <= found.high and 0 < found.p_value <= 1
    turned = compared(metric, references, second, first)
    assert (turned.difference, turned.low, turned.high) == pytest.approx(
        (-found.difference, -found.high, -found.low)
    )
    same = compared(metric, references, first, first, RANDOMISATION)
    assert (same.difference, same.low, same.high, same.p_value) == (0.0, 0.0, 0.0, 1.0)


@pytest.mark.parametrize("metric, library", [("bleu", BLEU), ("chrf", CHRF), ("ter", TER)])
def test_the_interval_is_as_sacrebleu_draws_it(metric, library):
    """It gives half of what lies from the 26th to the 975th of a thousand; here these are interpolated."""
    references, first, _ = systems(6)
    *_, found = measure(MetricRequest(metric, first, references), None)
    wanted = library().corpus_score(list(first), [[one for (one,) in references]], n_bootstrap=1000)
    assert (found.high - found.low) / 2 == pytest.approx(wanted._ci, rel=0.02)
    assert found.low < found.value < found.high


def test_of_a_single_pair_or_no_sum_there_is_no_interval():
    for asked in (("f1", ("a",), (("a",),)), ("distinct", ("a b", "b c")), ("self_bleu", ("a b", "b c"))):
        *_, found = measure(MetricRequest(*asked), None)
        assert (found.low, found.high) == (None, None)


def test_a_better_system_is_found_to_be_one():
    references, first, _ = systems(5, 60)
    right = tuple(one for (one,) in references)
    for test in (BOOTSTRAP, RANDOMISATION):
        assert compared("bleu", references, first, right, test).p_value < 0.01


def test_few_pairs_prove_little():
    """Of five pairs, all better, one in sixteen ways to swap them is as far as what was seen."""
    references = tuple((f"a b c d {number}",) for number in range(5))
    right = tuple(one for (one,) in references)
    found = compared("f1", references, ("x",) * 5, right, RANDOMISATION, samples=4000)
    assert found.p_value == pytest.approx(1 / 16, abs=0.015)


def test_the_p_value_of_no_difference_is_even():
    """Of two systems that are spoilt alike, one test in twenty finds one the better at 5 %."""
    low = sum(compared("f1", *_alike(seed), RANDOMISATION, samples=200).p_value < 0.1 for seed in range(60))
    assert low <= 14  # 6 are expected; more than 14 would come once in a thousand


def _alike(seed):
    references, first, _ = systems(seed, 12)
    _, second, _ = systems(seed, 12)
    rng = random.Random(seed)
    swapped = [rng.sample((one, _worse(one, rng)), 2) for one in second]
    assert first == second
    return references, tuple(one for one, _ in swapped), tuple(two for _, two in swapped)


def _worse(text, rng):
    words = text.split()
    words[rng.randrange(len(words))] = "zzz"
    return " ".join(words)


@pytest.mark.parametrize(
    "more, told",
    [
        ({"against": ("a",)}, "as many as predictions: 2"),
        ({"against": ("a", "b"), "test": "t"}, "bootstrap or randomisation"),
        ({"against": ("a", "b"), "samples": 10}, "from 100 to 10,000"),
        ({"against": ("a", "b"), "seed": -1}, "seed"),
    ],
)
def test_what_is_refused(more, told):
    with pytest.raises(SpecError, match=told):
        MetricRequest("f1", ("a", "b"), (("a",), ("b",)), **more)
    with pytest.raises(SpecError, match="no sum over single texts"):
        MetricRequest("distinct", ("a", "b"), against=("a", "b"))
