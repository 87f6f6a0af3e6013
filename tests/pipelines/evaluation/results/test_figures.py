"""Figures against the functions of lm-evaluation-harness, on values drawn at random."""

import math

import numpy as np
import pytest
from lm_eval.api import metrics as oracle

from pipelines.evaluation.records import Metric, Outcome
from pipelines.evaluation.results.figures import figure, pooled

ACC = Metric("acc", "")
NEPERS = Metric("perplexity", "", higher_is_better=False, pooled="perplexity", share=False)


def outcomes(parts: dict[str, list[float]], name: str = "acc") -> list[Outcome]:
    return [Outcome("0", part, {name: one}, "", "") for part, values in parts.items() for one in values]


def drawn(seed: int) -> dict[str, list[float]]:
    rng = np.random.default_rng(seed)
    sizes = rng.integers(2, 40, rng.integers(2, 8))
    return {f"part {n}": rng.integers(0, 2, size).astype(float).tolist() for n, size in enumerate(sizes)}


@pytest.mark.parametrize("seed", range(20))
def test_mean_and_error_are_the_harness_s(seed):
    values = next(iter(drawn(seed).values()))
    found = figure(ACC, values)
    assert found.value == pytest.approx(oracle.mean(values)) and found.count == len(values)
    assert found.stderr == pytest.approx(oracle.mean_stderr(values))


@pytest.mark.parametrize("even", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_parts_are_put_together_as_the_harness_does(seed, even):
    parts = drawn(seed)
    (whole,), told = pooled(outcomes(parts), [ACC], even)
    means, sizes = [oracle.mean(one) for one in parts.values()], [len(one) for one in parts.values()]
    errors = [oracle.mean_stderr(one) for one in parts.values()]
    assert whole.value == pytest.approx(oracle.aggregate_subtask_metrics(means, sizes, not even))
    wanted = oracle.unweighted_mean_stderr(errors) if even else oracle.pooled_sample_stderr(errors, sizes)
    assert whole.stderr == pytest.approx(wanted) and whole.count == sum(sizes)
    assert {part: figures[0].value for part, figures in told.items()} == pytest.approx(
        dict(zip(parts, means, strict=True))
    )


def test_perplexity_and_its_bootstrap_are_the_harness_s(monkeypatch):
    monkeypatch.setenv("DISABLE_MULTIPROC", "1")
    values = np.random.default_rng(3).normal(-3, 2, 150).tolist()
    found = figure(NEPERS, values)
    assert found.value == pytest.approx(oracle.perplexity(values))
    theirs = oracle.bootstrap_stderr(oracle.perplexity, values, 4000)
    assert found.stderr == pytest.approx(theirs, rel=0.05), "both are draws"
    assert figure(NEPERS, values) == found


def test_items_may_weigh_and_alike_they_are_the_mean():
    values, weights = [1.0, 0.5, 0.0, 1.0], [1.0, 2.0, 3.0, 2.0]
    assert figure(ACC, values, weights).value == pytest.approx((1 + 1 + 0 + 2) / 8)
    alike = figure(ACC, values, [3.0] * 4)
    assert alike.stderr == pytest.approx(figure(ACC, values).stderr)
    metric = Metric("inst", "", weight="count")
    told = [Outcome("", "", {"inst": v, "count": w}, "", "") for v, w in zip(values, weights, strict=True)]
    assert pooled(told, [metric], False)[0] == (figure(metric, values, weights),)


def test_what_an_item_has_not_does_not_count():
    told = [Outcome("", "", values, "", "") for values in ({"acc": 1.0, "pass@8": 0.5}, {"acc": 0.0})]
    acc, passed = pooled(told, [ACC, Metric("pass@8", ""), Metric("none", "")], False)[0]
    assert (acc.count, passed.count, passed.value) == (2, 1, 0.5) and math.isnan(passed.stderr)


def test_a_part_alone_is_the_whole():
    whole, parts = pooled(outcomes({"anatomy": [1.0, 0.0, 1.0]}), [ACC], True)
    assert whole[0].count == 3 and parts == {}
