"""Whole runs with a function for a model: nothing is asked twice, whatever interrupts them."""

import json
from collections import Counter

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.evaluation.records import Figure
from pipelines.evaluation.results.store import kept_at
from pipelines.evaluation.results.under_way import check_results
from pipelines.evaluation.service import EvaluationService
from pipelines.jobs.states import Action, JobState
from tests.support.evaluation_runs import SERVERS, new_job, worked, write_rows

IDS = ("0123456789ab", "0123456789ac", "0123456789ad", "0123456789ae")


@pytest.fixture
def go(settings, monkeypatch, tmp_path, scripted):
    """``go(number, action, at, **fields)`` → the state in which the job was left; ``go.asked`` counts."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    monkeypatch.setenv("GLASSWORKS_ENDPOINTS", json.dumps(SERVERS))
    rows, jobs = write_rows(tmp_path / "rows.jsonl", 90), {}

    def work(number=0, action=None, at=0, loaded=None, **fields):
        job = jobs.setdefault(number, None) or new_job(settings, IDS[number])
        jobs[number] = job
        fields = {"tasks": ["story_cloze"], "file": rows, **fields}
        return worked(job, scripted(job, action, at), work.asked, loaded, **fields)

    work.asked, work.service = Counter(), EvaluationService(settings)
    work.job = jobs.get
    return work


def found(go, number=0):
    return go.service.under_way(IDS[number])


def test_every_item_of_every_model_is_kept_with_its_figures(go):
    assert go(models=["endpoint:a", "endpoint:b"]) is JobState.SUCCEEDED
    check_results(go.job(0).artifact)
    first, second = found(go).results
    assert (first.model, second.model) == ("endpoint:a", "endpoint:b") and first.setup == second.setup
    assert len(go.asked) == 2 * 2 * 90 and set(go.asked.values()) == {1}
    for result in (first, second):
        shown = go.service.outcomes(result.key, 0, 500).items
        assert [one.outcome.id for one in shown] == [str(n) for n in range(90)] and result.whole
        rights = [one.outcome.values["acc"] for one in shown]
        value = sum(rights) / 90
        error = (value * (1 - value) / 89) ** 0.5
        assert result.figure() == Figure("acc", pytest.approx(value), pytest.approx(error), 90)
        assert [one.right for one in shown] == [one == 1 for one in rights]
    events = go.job(0).read_events()[0]
    assert [e["total"] for e in events if e["type"] == "plan"] == [180]
    told = [e for e in events if e["type"] == "evaluated"]
    assert [e["asked"] for e in told] == [90, 90] and told[0]["figures"]["acc"][0] == first.figure().value


def test_weights_in_fewer_bits_are_another_column_and_are_asked_anew(go):
    for number, fields in enumerate(({}, {"weights": "nf4"}, {"weights": "nf4"})):
        assert go(number, models=["endpoint:a"], **fields) is JobState.SUCCEEDED
    whole, fewer, again = (found(go, number).results[0] for number in range(3))
    assert whole.setup != fewer.setup and fewer.key == again.key and "weights" not in whole.settings
    assert fewer.settings["weights"] == "nf4" and len(go.asked) == 4 * 90 and set(go.asked.values()) == {1}
    assert {one.setup for one in go.service.leaderboard(["endpoint:a"]).columns} == {whole.setup, fewer.setup}
    compared = go.service.compare(whole.key, fewer.key)
    assert compared.first.model == compared.second.model == "endpoint:a"
    with pytest.raises(SpecError, match="weights"):
        go(3, models=["endpoint:a"], weights="two")


def test_what_is_known_is_not_asked_again_nor_is_its_model_loaded(go):
    loaded: list[str] = []
    go(0, limit=30)
    go(1, limit=30, loaded=loaded)
    assert not loaded and found(go, 1).results == found(go, 0).results
    go(2, limit=70)
    assert sum(go.asked.values()) == 140 and set(go.asked.values()) == {1}
    go(3, limit=50, loaded=loaded)
    assert not loaded and found(go, 3).results[0].count == 50


def test_a_smaller_run_out_of_a_larger_is_the_same_as_alone(go, settings):
    go(0, limit=40)
    alone = found(go, 0).results[0]
    (settings.home / "evaluations").rename(settings.home / "before")
    go(1, limit=80)
    go(2, limit=40)
    again = found(go, 2).results[0]
    assert (again.key, again.figures, again.setup) == (alone.key, alone.figures, alone.setup)


def test_asked_again_when_it_is_to_be_fresh_and_when_it_is_put_otherwise(go):
    go(0, limit=10)
    go(1, limit=10, fresh=True)
    assert set(go.asked.values()) == {2}
    go(2, limit=10, num_fewshot=1, seed=7)
    assert found(go, 2).results[0].key != found(go, 1).results[0].key and len(go.asked) == 40
    go(3, limit=10, seed=8)
    assert found(go, 3).results[0].key == found(go, 1).results[0].key, "nothing is drawn: the seed is idle"


@pytest.mark.parametrize("at", [64, 80, 110])
@pytest.mark.parametrize("fresh", [False, True])
def test_paused_it_goes_on_where_it_was(go, at, fresh):
    whole = {"models": ["endpoint:a", "endpoint:b"], "fresh": fresh}
    assert go(0, Action.PAUSE, at, **whole) is JobState.PAUSED
    assert not go.job(0).artifact.exists()
    first, second = found(go).results
    assert (first.count, second.count) == {64: (64, 0), 80: (90, 0), 110: (90, 64)}[at]
    assert bool(first.key) is (first.count == 90) and not second.key
    before = Counter(go.asked)
    assert go(0, **whole) is JobState.SUCCEEDED
    again = [ask for ask in before if go.asked[ask] > before[ask]]
    assert len(go.asked) == 360 and len(again) <= 2 * 64, "at most the handful that was under way"
    parted = [one.figures for one in found(go).results]
    go(1, models=["endpoint:a", "endpoint:b"], fresh=True)
    assert [one.figures for one in found(go, 1).results] == parted


def test_stopped_it_keeps_what_there_is(go):
    assert go(0, Action.STOP, 64, models=["endpoint:a", "endpoint:b"]) is JobState.SUCCEEDED
    first, second = found(go).results
    assert (first.count, first.wanted, first.whole) == (64, 90, False)
    assert not second.key and second.count == 0 and len(found(go).keys) == 1
    assert any("Stopped early" in e.get("message", "") for e in go.job(0).read_events()[0])
    go(1, limit=64)
    assert found(go, 1).results[0].key == first.key, "the first 64 are the first 64"
    assert go(2, Action.CANCEL, 0) is JobState.CANCELLED and not go.job(2).artifact.exists()
    with pytest.raises(GlassworksError, match="Stopped before any item"):
        go(3, Action.STOP, 0, fresh=True)


def test_a_model_that_cannot_be_asked_keeps_no_other_from_it(go):
    assert go(0, models=["endpoint:mute", "endpoint:a", "endpoint:gone"], limit=5) is JobState.SUCCEEDED
    told = found(go)
    assert "gives no log-probabilities" in told.failed[0] and "gone" in told.failed[2]
    assert [one.count for one in told.results] == [0, 5, 0] and len(told.keys) == 1
    with pytest.raises(GlassworksError, match="no log-probabilities"):
        go(1, models=["endpoint:mute"], limit=5)


def test_rows_that_are_the_same_are_asked_once_and_all_count(go, tmp_path):
    row = {"story": "A fox ran.", "endings": ["It fled.", "It ate."], "label": 0}
    other = {**row, "label": 1}
    file = tmp_path / "twice.jsonl"
    file.write_text("".join(json.dumps(one) + "\n" for one in (row, other, row, row)))
    go(0, file=str(file))
    shown = go.service.outcomes(found(go).keys[0], 0, 10).items
    assert [one.outcome.id for one in shown] == ["0", "1", "2", "3"] and found(go).results[0].count == 4
    assert shown[0].outcome.values == shown[2].outcome.values and len(go.asked) == 2
    assert set(go.asked.values()) == {2}, "two different rows, each asked once"


def test_what_cannot_be_put_is_said_before_a_model_is_loaded(go, tmp_path):
    bad = tmp_path / "bad.jsonl"
    bad.write_text('{"story": "A", "endings": ["b", "c"], "label": 0}\n{"story": "A", "label": 0}\n')
    loaded: list[str] = []
    for number, (fields, words) in enumerate(
        (({"file": str(bad)}, "row 2"), ({"tasks": ["nothing"], "file": ""}, "no task 'nothing'"))
    ):
        with pytest.raises(GlassworksError, match=words):
            go(number, loaded=loaded, **fields)
    assert not loaded and not go.asked
    with pytest.raises(SpecError, match="file"):
        go(3, tasks=["story_cloze", "arithmetic"])


def test_a_file_of_ones_own_is_kept_apart(go, tmp_path):
    go(0, limit=5, reader="eve")
    go(1, limit=5, reader="mallory")
    one, two = found(go, 0).results[0], found(go, 1).results[0]
    assert one.key != two.key and set(go.asked.values()) == {2}
    assert [one.reader for one in go.service.results(go.service.models(), "eve")] == ["eve"]
    assert go.service.leaderboard(go.service.models()).rows == ()


def test_figures_come_while_it_is_asked(go):
    go(0, Action.PAUSE, 64)
    (half,) = found(go).results
    kept = list(kept_at(go.job(0).path / "evaluation" / "000.jsonl"))
    assert half.count == len(kept) == 64 and not half.whole and not half.key
    assert half.figure().value == pytest.approx(sum(one.outcome.values["acc"] for one in kept) / 64)
