"""Training on rewards from the page: what the form sends, and the check before it; no votes are needed."""

import pytest

from app.preferences import train_part
from app.preferences.train_part import TRAIN
from pipelines.jobs.states import JobState
from pipelines.training.checks.requests import BLOCKS, Checked, Finding, PreviewRow
from tests.app.preferences.conftest import HOSTILE
from tests.app.preferences.test_train import BASE, given, start

ASKED = PreviewRow(1, ("<|user|>", HOSTILE), (1, 2), (False, False), (True, False), note="Answer: 3")


@pytest.fixture
def checks(monkeypatch):
    """What the check finds; each spec that it was asked about is noted."""
    asked, found = [], []

    def events(services, spec, request, rows=()):
        asked.append(spec)
        yield Checked("words", 8, 4, tuple(found), (ASKED,))

    monkeypatch.setattr(train_part, "check_events", events)
    return asked, found


def online(tab, round, kind="grpo", source="words", weights=None, **changed):
    form = tab.train.forms.online
    held = given(tab, round, kind) | {form.source: source}
    held |= {form.rewards.weights[name]: weight for name, weight in (weights or {}).items()}
    components = form._fields.components | form._of_rloo.components
    return held | {components[name]: value for name, value in changed.items()}


@pytest.mark.parametrize("kind", ["grpo", "rloo"])
def test_problems_that_are_made_need_no_votes_and_no_round(tab, services, foxes, checks, asked_by, kind):
    asked = online(tab, foxes, kind, problem_steps=2, num_generations=4) | {tab.rounds.round: ""}
    shown = start(tab, asked, asked_by("eve"))
    job = services.jobs.get(shown[tab.train.panel.job_id])
    assert (job.kind, job.owner, job.spec["base"]) == (kind, "eve", BASE)
    told = {name: job.spec[name] for name in ("problems", "problem_steps", "num_generations", "rewards")}
    assert told == {
        "problems": "words",
        "problem_steps": 2,
        "num_generations": 4,
        "rewards": ["correct=1"],
    }
    assert job.spec["dataset"] == "" and services.rows.list("eve") == []
    runs, *_ = tab.train._drawn("", TRAIN, asked_by("eve"))
    assert job.id in runs and "of no round" in runs
    runs, *_ = tab.train._drawn("", TRAIN, asked_by("mallory"))
    assert job.id not in runs


def test_the_prompts_of_the_round_are_answered_and_only_by_its_owner(tab, services, foxes, checks, asked_by):
    weights = {"correct": 0, "length": 2, "format": 0.5}
    asked = online(tab, foxes, "grpo", "rows", weights, target_length=30, needs="fox", digits=3)
    shown = start(tab, asked, asked_by("eve"))
    job = services.jobs.get(shown[tab.train.panel.job_id])
    assert job.spec["rewards"] == ["length=2", "format=0.5"] and job.spec["target_length"] == 30
    rows = services.rows.table(job.spec["dataset"]).rows
    assert sorted(row["prompt"] for row in rows) == [f"{HOSTILE}?", "One?", "Two?"]
    runs, *_ = tab.train._drawn(foxes.id, TRAIN, asked_by("eve"))
    assert job.id in runs and "of no round" not in runs
    assert 'role="alert"' in start(tab, asked, asked_by("mallory"))[tab.train.error]
    nowhere = asked | {tab.rounds.round: ""}
    assert 'role="alert"' in start(tab, nowhere, asked_by("eve"))[tab.train.error]


def test_fields_of_rewards_without_weight_are_not_sent(tab, services, foxes, checks, asked_by):
    asked = online(tab, foxes, weights={"working": 0.5}, target_length=30, needs="x", reward_model="run/0")
    spec = services.jobs.get(start(tab, asked, asked_by("eve"))[tab.train.panel.job_id]).spec
    assert spec["rewards"] == ["correct=1", "working=0.5"]
    assert (spec["target_length"], spec["needs"], spec["reward_model"]) == (0, "", "")


@pytest.mark.parametrize(
    ("weights", "changed", "words"),
    [
        ({"correct": 0}, {}, "rewards"),
        ({"correct": -1}, {}, "rewards"),
        ({"length": 1}, {"target_length": 0}, "target_length"),
        ({}, {"num_generations": 1}, "num_generations"),
        ({}, {"beta": None}, "beta"),
        ({}, {"max_new_tokens": 512}, "max_new_tokens"),
    ],
)
def test_what_the_spec_refuses_is_said(tab, services, foxes, checks, asked_by, weights, changed, words):
    shown = start(tab, online(tab, foxes, weights=weights, **changed), asked_by("eve"))
    assert words in shown[tab.train.error] and services.jobs.list() == []


def test_a_finding_stops_the_start_and_its_button_sets_the_form(tab, services, foxes, checks, asked_by):
    checks[1].append(Finding("right answers", BLOCKS, "None", mend={"rewards": ["working=0.5"]}))
    checks[1].append(Finding("right answers", BLOCKS, "None", mend={"drop_rows": [1], "file": "data"}))
    shown = start(tab, online(tab, foxes), asked_by("eve"))
    assert tab.train.panel.job_id not in shown and services.jobs.list() == []
    assert shown[tab.train.findings].count("data-mend") == 1
    assert "What is asked" in shown[tab.train.findings] and "<img" not in shown[tab.train.findings]
    form = tab.train.forms
    put = form.mended("grpo", {"rewards": ["working=0.5"], "max_new_tokens": 128, "base": "x"})
    weights = form.online.rewards.weights
    assert (put[weights["working"]], put[weights["correct"]]) == (0.5, 0.0)
    assert put[form.online._fields.components["max_new_tokens"]] == 128
    assert form.mended("dpo", {"max_new_tokens": 8}) == {}


def test_a_reward_model_is_one_of_ones_own_runs(tab, services, foxes, checks, asked_by):
    spec = {"dataset": "upload:x", "base": BASE}
    job = services.jobs.submit("reward", spec, owner="eve", title="Kind words")
    services.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.SUCCEEDED)
    offered = {v: tab.train._drawn(foxes.id, TRAIN, asked_by(v))[2].choices for v in ("eve", "mallory")}
    assert offered["eve"] == [(f"run/{job.id} · Kind words", f"run/{job.id}")] and not offered["mallory"]
    asked = online(tab, foxes, weights={"correct": 0, "model": 1}, reward_model=f"run/{job.id}")
    assert tab.train._spec(asked, asked_by("eve")).reward_model == f"run/{job.id}"
    nobody = online(tab, foxes, weights={"model": 1}, reward_model="")
    assert "reward_model" in start(tab, nobody, asked_by("eve"))[tab.train.error]


def test_each_way_shows_its_own_fields_and_words(tab):
    part, form = tab.train, tab.train.forms
    for kind, fields in (("dpo", True), ("kto", False)):
        shown = part._chosen(kind)
        assert shown[form.pairs.components["sft_weight"]]["visible"] is fields
        assert (
            shown[part.check].value == "Check the pairs"
            and '<details class="gw-pref-why">' in shown[part.ways]
        )
    grpo, rloo = part._chosen("grpo"), part._chosen("rloo")
    assert "open>" in grpo[part.ways] and grpo[part.check].value == "Check the prompts"
    scale, normal = form.online._fields.components["scale_rewards"], form.online._of_rloo.inputs[0]
    assert (grpo[scale]["visible"], grpo[normal]["visible"]) == (True, False)
    assert (rloo[scale]["visible"], rloo[normal]["visible"]) == (False, True)


def test_prompts_of_a_round_begin_with_a_reward_that_needs_no_answers(tab):
    form = tab.train.forms.online
    fields, weights = form._fields.components, form.rewards.weights
    rows, sums = form._sourced("rows"), form._sourced("sums")
    assert (rows[weights["correct"]], rows[weights["length"]]) == (0.0, 1.0) and rows[fields["target_length"]]
    assert (sums[weights["correct"]], sums[weights["length"]]) == (1.0, 0.0)
    seen = {
        name: (rows[fields[name]]["visible"], sums[fields[name]]["visible"]) for name in ("digits", "form")
    }
    assert seen == {"digits": (False, True), "form": (False, True)}
    assert not sums[fields["problem_steps"]]["visible"]


def test_the_script_of_the_run_that_is_shown_is_offered_to_its_owner(tab, services, foxes, checks, asked_by):
    asked = online(tab, foxes, num_problems=16, eval_prompts=4)
    job = start(tab, asked, asked_by("eve"))[tab.train.panel.job_id]
    part = tab.train.script
    mine, others = (tab.train._scripted(job, asked_by(visitor)) for visitor in ("eve", "mallory"))
    assert mine[part.column].visible and mine[part.job_id] == job
    assert not others[part.column].visible and others[part.job_id] == ""
    assert not tab.train._scripted("", asked_by("eve"))[part.column].visible
    made = part.made(job, asked_by("eve"))
    assert "16 rows to learn from, 4 held out" in made[part.about] and "GRPOTrainer" in made[part.code]
    assert 'role="alert"' in part.made(job, asked_by("mallory"))[part.about]
