"""A step as the page is told it: numbers that hold together, text that stays text, names for every stage."""

import json
from html import unescape

import numpy as np
import pytest

from app.decoding.compared import Compared
from app.decoding.step_answer import error_json, step_json
from app.decoding.step_view import RESHAPING, empty_html, frame, frame_html, place_of
from pipelines.generation.comparing import StepRequest, StepShown
from pipelines.generation.strategy import Strategy, strategy
from tests.support.compared_runs import comparison, stepping
from tests.support.inside import HOSTILE, markup

MANY = {"temperature": 1.4, "top_k": 60, "top_p": 0.9, "min_p": 0.01, "repetition_penalty": 1.3}
HEAVY = {"frequency_penalty": 0.5, "no_repeat_ngram_size": 2}


@pytest.fixture(scope="module")
def run() -> Compared:
    return comparison(("sample", MANY), ("greedy", {}), ("penalties", HEAVY), ("dola", {}), ("top_p", {}))


def told(run: Compared, column: int = 0, position: int = 3, asked: Strategy | None = None) -> dict:
    asked = asked or run.request.strategies[column]
    shown = stepping(None, None, StepRequest(run.request.model, run.request.run, column, 0, position, asked))
    return json.loads(step_json(shown, asked))


def test_the_stages_stand_in_their_order_with_their_names_and_values(run):
    stages = told(run)["stages"]
    assert [one["title"] for one in stages] == [
        "Raw", "Repetition penalty", "Temperature", "Top-k", "Top-p", "Min-p",
    ]  # fmt: skip
    assert [one["value"] for one in stages] == ["", "1.3", "1.4", "60", "0.9", "0.01"]
    assert all(one["help"] for one in stages)


def test_what_is_left_is_what_stood_before_divided_by_one_minus_lost(run):
    found = told(run)
    for at, stage in enumerate(found["stages"][1:], 1):
        if stage["name"] in ("top_k", "top_p", "min_p"):
            for one in found["candidates"]:
                if one["probs"][at]:
                    scaled = one["probs"][at - 1] / (1 - stage["lost"])
                    assert one["probs"][at] == pytest.approx(scaled, rel=1e-4)


def test_rows_follow_the_raw_distribution_and_hold_both_tokens(run):
    for column in range(5):
        for position in range(4):
            found = told(run, column, position)
            raw = [one["probs"][0] for one in found["candidates"]]
            ids = [one["id"] for one in found["candidates"]]
            assert raw == sorted(raw, reverse=True) and len(ids) == len(set(ids))
            assert found["chosen"]["id"] in ids and found["now"]["id"] in ids


def test_the_settings_of_the_run_take_its_own_token(run):
    for outcome in run.decoded.outcomes:
        for position, taken in enumerate(outcome.ids):
            found = told(run, outcome.column, position)
            assert found["chosen"]["id"] == found["now"]["id"] == taken


def test_other_settings_take_another_token_where_the_likeliest_is_forced(run):
    cold = strategy("sample", {"temperature": 0.01})
    found = told(run, 0, 2, cold)
    (best,) = [one for one in found["candidates"] if one["id"] == found["now"]["id"]]
    assert best["probs"][0] == max(one["probs"][0] for one in found["candidates"])
    assert all(one["probs"][1] > 0 for one in found["candidates"])  # colder, but nothing is cut


@pytest.mark.parametrize("column", range(5))
def test_the_frame_holds_the_column_and_what_can_be_changed(run, column):
    made = frame(run, (column, 0, 2))
    asked = run.request.strategies[column]
    assert made["at"] == {"sample": 0, "position": 2} and made["strategy"]["name"] == asked.name
    assert made["strategy"]["parameters"] == asked.effective()
    changeable = made["drawn"] if asked.draws else made["plain"]
    assert set(changeable) <= set(RESHAPING) & set(asked.settings)
    fixed = set(asked.settings) - set(RESHAPING) - {"do_sample"}
    assert len(made["fixed"]) == len(fixed)
    assert len(made["samples"][0]["texts"]) == len(run.decoded.outcomes[column].ids)


def test_every_change_that_the_frame_offers_is_a_strategy_that_the_worker_takes(run):
    for column, asked in enumerate(run.request.strategies):
        made = frame(run, (column, 0, 0))
        for drawn in {False, True} if made["optional"] else {asked.draws}:
            more = {"do_sample": drawn} if made["optional"] else {}
            for name in made["drawn" if drawn else "plain"]:
                knob = made["knobs"][name]
                for value in (knob["low"], knob["high"], knob["off"]):
                    given = {**made["strategy"]["parameters"], **more, name: value}
                    told(run, column, 1, strategy(asked.name, given))


def test_a_strategy_that_may_draw_offers_warpers_only_when_it_does(run):
    made = frame(run, (3, 0, 0))
    assert made["optional"] and not made["draws"]
    assert "temperature" in made["drawn"] and "temperature" not in made["plain"]
    assert made["fixed"][0]["label"] == "Earlier layers"


def test_the_curve_names_its_base_and_its_cuts(run):
    found = told(run)["curve"]
    assert found["base"] == "Temperature"
    assert {one["setting"] for one in found["cuts"] if one["on"]} == {"top_k", "top_p", "min_p"}
    assert all(0 < one["mass"] <= 1 and one["label"] for one in found["cuts"])
    assert told(run, 1)["curve"]["base"] == "Raw"


@pytest.mark.parametrize(
    "chosen",
    [
        None, 3, "x", [], {}, {"column": 0},
        {"column": 0, "sample": 0, "position": 99}, {"column": 0, "sample": 0, "position": -1},
        {"column": True, "sample": 0, "position": 0}, {"column": 0.0, "sample": 0, "position": 0},
        {"column": 9, "sample": 0, "position": 0},
    ],
)  # fmt: skip
def test_what_is_no_token_of_the_run_is_none(run, chosen):
    assert place_of(chosen, run) is None
    assert '"at":null' in unescape(frame_html(run, None))


def test_a_token_of_the_run_is_found(run):
    assert place_of({"column": 1, "sample": 0, "position": 4}, run) == (1, 0, 4)


@pytest.mark.parametrize("text", HOSTILE)
def test_text_is_never_markup(run, text):
    outcome = run.decoded.outcomes[0]
    outcomes = (_with(outcome, texts=(text,) * len(outcome.ids)), *run.decoded.outcomes[1:])
    hostile = Compared(run.request, run.started, _with(run.decoded, outcomes=outcomes))
    assert markup(frame_html(hostile, (0, 0, 0))) <= {"div"}


def test_half_a_character_and_an_endless_entropy_cross_as_json(run):
    shown: StepShown = stepping(None, None, StepRequest("gpt2", "run", 0, 0, 1, run.request.strategies[0]))
    stages = _with(shown.stages, texts=("\ud800",) * len(shown.stages.ids), entropy=np.full(6, np.nan))
    found = json.loads(step_json(_with(shown, stages=stages), run.request.strategies[0]))
    assert found["stages"][0]["entropy"] is None and found["candidates"][0]["text"] == "?"


def test_drafts_and_faults_are_told(run):
    shown = stepping(None, None, StepRequest("gpt2", "run", 0, 0, 1, run.request.strategies[0]))
    draft = np.linspace(0, 1, len(shown.stages.ids)).astype(np.float32)
    found = json.loads(step_json(_with(shown, draft=draft), run.request.strategies[0]))
    assert sorted(one["draft"] for one in found["candidates"]) == pytest.approx(draft.tolist(), abs=1e-6)
    assert json.loads(error_json("gone", True)) == {"error": "gone", "gone": True}
    assert "click a token" in empty_html()


def _with(one, **changes):
    return type(one)(**{**vars(one), **changes})
