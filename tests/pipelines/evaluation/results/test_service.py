"""What the page reads: the leaderboard, items page by page, two results side by side, the curve of a run."""

import dataclasses
import math
import random

import numpy as np
import pytest

from pipelines.common.proportions import paired
from pipelines.common.randomisation import randomisation
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.evaluation.records import Metric, Outcome
from pipelines.evaluation.results.comparing import MCNEMAR, RANDOMISATION
from pipelines.evaluation.results.records import Kept
from pipelines.evaluation.results.store import ResultStore
from pipelines.evaluation.service import EvaluationService
from tests.support.evaluated import write_result

RUN = "run/0123456789ab"


@pytest.fixture
def service(settings):
    return EvaluationService(settings)


def rights(seed: int, count: int = 40) -> list[bool]:
    rng = random.Random(seed)
    return [rng.random() < 0.6 for _ in range(count)]


def valued(settings, name: str, values: list[float], metric: Metric, first: int = 0) -> str:
    """The key of a result whose items have these values of one metric."""
    store = ResultStore(settings)
    key = write_result(settings, name, [True] * len(values))
    result = dataclasses.replace(store.result(key), metrics=(metric,), figures=())
    items = [
        Kept(f"row {n}", f"row {n}", Outcome(str(n), "", {metric.name: value}, "", ""), {})
        for n, value in enumerate(values, first)
    ]
    store.save(result, items)
    return key


def test_a_column_has_what_was_put_in_the_same_way(service, settings):
    write_result(settings, "house/a", [True, False, True])
    write_result(settings, "house/b", [True, True, True])
    write_result(settings, "house/b", [True, True])
    write_result(settings, "run/x", [False] * 3, task="arithmetic")
    board = service.leaderboard(["house/a", "house/b"])
    assert [(one.task, one.count, one.models) for one in board.columns] == [
        ("story_cloze", 3, 2),
        ("story_cloze", 2, 1),
    ]
    assert [row.model for row in board.rows] == ["house/b", "house/a"], "the best first"
    assert board.result("house/a", board.columns[1].setup) is None
    assert board.result("house/a", board.columns[0].setup).figure().value == pytest.approx(2 / 3)
    assert service.models() == ("house/a", "house/b", "run/x")


def test_of_two_results_in_one_place_the_newer_stands(service, settings):
    old = write_result(settings, "path:/m", [True, True], created=1.0)
    store = ResultStore(settings)
    newer = dataclasses.replace(
        store.result(old), key="e" * 16 + "-" + "e" * 16, digest="1" * 16, created=2.0
    )
    store.save(newer, store.kept(old))
    (row,) = service.leaderboard(service.models()).rows
    assert [one.key for one in row.results.values()] == [newer.key]


def test_what_was_read_of_a_visitor_s_file_is_theirs(service, settings):
    write_result(settings, "house/a", [True], reader="eve")
    shared = write_result(settings, "house/a", [True])
    assert [one.key for one in service.results(["house/a"])] == [shared]
    assert len(service.results(["house/a"], "eve")) == 2 and service.results([], "eve") == ()


@pytest.mark.parametrize("seed", range(5))
def test_items_are_found_by_how_they_came_out(service, settings, seed):
    one, two = rights(seed), rights(seed + 100)
    a, b = write_result(settings, "house/a", one), write_result(settings, "house/b", two[:30])
    for only, wanted in (
        ("all", range(40)),
        ("right", [n for n in range(40) if one[n]]),
        ("wrong", [n for n in range(40) if not one[n]]),
        ("differ", [n for n in range(30) if one[n] != two[n]]),
    ):
        whole = service.outcomes(a, 0, 500, only, b)
        assert [shown.place for shown in whole.items] == list(wanted) and whole.total == len(wanted)
        assert [shown.right for shown in whole.items] == [one[n] for n in wanted]
        assert [shown.other_right for shown in whole.items] == [two[n] if n < 30 else None for n in wanted]
        pages = [service.outcomes(a, start, 7, only, b).items for start in range(0, len(wanted) + 7, 7)]
        assert [shown for page in pages for shown in page] == list(whole.items)


def test_what_cannot_be_browsed_is_said(service, settings):
    key = write_result(settings, "house/a", [True])
    for asked, words in (
        ({"only": "some"}, "only accepts one of all"),
        ({"only": "differ"}, "no other result"),
        ({"start": -1}, "start accepts"),
        ({"count": 501}, "count accepts"),
        ({"count": 2.5}, "count accepts"),
    ):
        with pytest.raises(SpecError, match=words):
            service.outcomes(key, **asked)
    graded = valued(settings, "house/g", [1.0, 2.0], Metric("grade", "", share=False))
    assert [one.right for one in service.outcomes(graded).items] == [None, None]
    with pytest.raises(SpecError, match="knows no right and wrong"):
        service.outcomes(graded, only="wrong")
    other = valued(settings, "house/h", [1.0, 3.0], Metric("grade", "", share=False))
    assert [one.place for one in service.outcomes(graded, only="differ", other=other).items] == [1]


@pytest.mark.parametrize("seed", range(5))
def test_right_and_wrong_are_compared_by_mcnemar(service, settings, seed):
    one, two = rights(seed), rights(seed + 50)
    a, b = write_result(settings, "house/a", one), write_result(settings, "house/b", two)
    found, back = service.compare(a, b), service.compare(b, a)
    wanted, (first, *_) = paired(one, two), found.differences
    assert (first.difference, first.low, first.high) == (wanted.difference, wanted.low, wanted.high)
    assert (first.p_value, first.test, first.count) == (wanted.p_value, MCNEMAR, 40)
    assert (first.wins, first.losses) == (wanted.only_second, wanted.only_first)
    assert back.differences[0].difference == pytest.approx(-first.difference)
    assert back.differences[0].p_value == pytest.approx(first.p_value)


def test_other_values_are_compared_by_randomisation(service, settings):
    metric = Metric("mc2", "", share=True)
    one, two = np.random.default_rng(0).random((2, 30))
    a, b = (valued(settings, name, list(v), metric) for name, v in (("house/a", one), ("house/b", two)))
    (found,) = service.compare(a, b).differences
    assert found.test == RANDOMISATION and found.p_value == randomisation(two - one)
    assert found.difference == pytest.approx((two - one).mean()) and found.low < found.difference < found.high
    assert found.first == pytest.approx(one.mean()) and found.wins == (two > one).sum()


def test_a_loss_that_falls_is_a_win_and_a_likelihood_that_falls_is_none(service, settings):
    lower = Metric("loss", "", higher_is_better=False, share=False)
    nepers = Metric("perplexity", "", higher_is_better=False, pooled="perplexity", share=False)
    for metric, wins in ((lower, 1), (nepers, 0)):
        a, b = (valued(settings, n, v, metric) for n, v in (("house/a", [-1.0]), ("house/b", [-2.0])))
        (found,) = service.compare(a, b).differences
        assert (found.wins, found.losses) == (wins, 1 - wins) and math.isnan(found.low)


def test_only_shared_items_are_compared(service, settings):
    metric = Metric("acc", "")
    a = valued(settings, "house/a", [1.0, 1.0, 0.0], metric)
    b = valued(settings, "house/b", [0.0, 0.0, 1.0, 1.0], metric, first=1)
    found = service.compare(a, b)
    assert (found.count, found.only_first, found.only_second) == (2, 1, 2)
    c = valued(settings, "house/c", [1.0] * 5, metric, first=10)
    with pytest.raises(ConflictError, match="share no item"):
        service.compare(a, c)
    other = write_result(settings, "house/a", [True], task="arithmetic")
    with pytest.raises(ConflictError, match="different tasks"):
        service.compare(a, other)
    with pytest.raises(NotFoundError):
        service.compare(a, "nothing")


def test_a_curve_has_each_step_once_and_the_result_last(service, settings):
    for step, good in ((200, 2), (50, 0), (1000, 3)):
        write_result(settings, f"{RUN}@{step}", [n < good for n in range(4)])
    write_result(settings, RUN, [True] * 4)
    write_result(settings, f"{RUN}@50", [True] * 7)
    write_result(settings, "run/0123456789ac@60", [True] * 4)
    curve = service.curve(f"{RUN}@50", "story_cloze")
    assert [point.step for point in curve.points] == [50, 200, 1000, None]
    assert [point.result.figure().value for point in curve.points] == [0, 0.5, 0.75, 1]
    (other,) = {one.setup for one in service.results([f"{RUN}@50"])} - {curve.setup}
    assert [point.step for point in service.curve(RUN, "story_cloze", other).points] == [50]
    assert service.curve(RUN, "arithmetic").points == ()
    with pytest.raises(SpecError, match="run accepts"):
        service.curve("house/a", "story_cloze")


def test_a_job_that_is_none_of_these_has_found_nothing(service, settings):
    (settings.runs / "0123456789ab").mkdir()
    other = settings.runs / "0123456789ad" / "evaluation"
    other.mkdir(parents=True)
    (other / "plan.json").write_text('[{"model": "of another version"}]')
    for job in ("0123456789ab", "", "../x", "0123456789ac", "0123456789ad"):
        with pytest.raises(NotFoundError, match="not begun"):
            service.under_way(job)
