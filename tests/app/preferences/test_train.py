"""Training on a round: the snapshot, the check that stops a start, the job, its re-vote, and the loop."""

import json
from types import SimpleNamespace

import pytest

from app.preferences import train_part
from app.preferences.loop_part import LOOP
from app.preferences.train_part import TRAIN
from pipelines.jobs.states import JobState
from pipelines.preferences.specs import RoundSpec
from pipelines.training.checks.requests import BLOCKS, Checked, Finding
from tests.app.preferences.conftest import HOSTILE
from tests.support.preference_rounds import judged, round_with
from tests.support.rag_fakes import event_of

BASE = "house/story-instruct"


@pytest.fixture
def voted(services):
    found = round_with(services.preferences, 4, "eve", title=f"Foxes {HOSTILE}")
    while judged(services.preferences, found, "eve"):
        pass
    return found


@pytest.fixture
def checks(monkeypatch):
    """What the check finds; each spec that it was asked about is noted."""
    asked, found = [], []

    def events(services, spec, request, rows=()):
        asked.append(spec)
        yield Checked("trl", 3, 1, tuple(found), ())

    monkeypatch.setattr(train_part, "check_events", events)
    return asked, found


def given(tab, round, kind="dpo", **changed):
    part = tab.train
    held = {one: one.value for one in part.forms.inputs}
    held |= {part.forms.pairs.components[name]: value for name, value in changed.items()}
    return held | {tab.rounds.round: round.id, part.kind: kind, part.base: BASE, part.name: ""}


def start(tab, given, request):
    shown = {}
    for updates in tab.train._started(given, request):
        shown |= updates
    return shown


@pytest.mark.parametrize("kind", ["dpo", "kto", "orpo", "reward"])
def test_a_job_is_submitted_with_the_rows_of_now(tab, services, voted, checks, asked_by, kind):
    shown = start(tab, given(tab, voted, kind), asked_by("eve"))
    job = services.jobs.get(shown[tab.train.panel.job_id])
    assert (job.kind, job.owner, job.spec["base"], job.state) == (kind, "eve", BASE, JobState.QUEUED)
    rows = services.rows.table(job.spec["dataset"]).rows
    column, shape = ("completion", str) if kind == "kto" else ("chosen", list)  # conversations: it chats
    assert len(rows) >= 4 and all(isinstance(row[column], shape) for row in rows)
    assert services.rows.owner(job.spec["dataset"]) == "eve"
    assert checks[0][0].dataset == job.spec["dataset"]


def test_the_same_votes_are_kept_once(tab, services, voted, checks, asked_by):
    for _ in range(2):
        start(tab, given(tab, voted), asked_by("eve"))
    assert len(services.rows.list("eve")) == 1
    assert "glassworks" not in json.dumps(services.rows.table(services.rows.list("eve")[0].id).rows[0])


def test_a_finding_that_blocks_stops_the_start(tab, services, voted, checks, asked_by):
    checks[1].append(Finding("swapped", BLOCKS, f"Swapped {HOSTILE}", (), 1))
    shown = start(tab, given(tab, voted), asked_by("eve"))
    assert tab.train.panel.job_id not in shown and "stops the start" in shown[tab.train.status]
    assert "<img" not in shown[tab.train.findings] and services.jobs.list() == []


def test_a_finding_offers_what_the_form_can_set(tab, services, voted, checks, asked_by):
    checks[1].append(Finding("cut", BLOCKS, "Cut", (3,), 1, {"max_length": 512}))
    checks[1].append(Finding("twice", BLOCKS, "Twice", (4,), 1, {"drop_rows": [4]}))
    shown = start(tab, given(tab, voted), asked_by("eve"))
    assert shown[tab.train.findings].count("data-mend") == 1
    fields = tab.train.forms.pairs.components
    pressed = tab.train._mended("dpo", SimpleNamespace(value='{"max_length": 512, "base": "path:/etc"}'))
    assert pressed == {fields["max_length"]: 512, tab.train.error: ""}
    assert 'role="alert"' in tab.train._mended("dpo", SimpleNamespace(value="[]"))[tab.train.error]


def test_nothing_decided_no_base_and_bad_values_are_said(tab, services, voted, foxes, checks, asked_by):
    bad = [given(tab, foxes), given(tab, voted, beta=-1.0), given(tab, voted, learning_rate=None)]
    bad += [given(tab, voted) | {tab.train.base: "house/none"}, given(tab, voted) | {tab.train.kind: "ppo"}]
    for one in bad:
        assert 'role="alert"' in start(tab, one, asked_by("eve"))[tab.train.error]
    assert services.jobs.list() == []


def test_others_do_not_train_on_it(tab, services, voted, checks, asked_by):
    services.preferences.join(voted.code, "ada", "Ada", True)
    for visitor in ("ada", "mallory"):
        for name in (voted.id, voted.code):
            asked = given(tab, voted) | {tab.rounds.round: name}
            assert 'role="alert"' in start(tab, asked, asked_by(visitor))[tab.train.error]
    assert services.jobs.list() == [] and services.rows.list("ada") == []


def trained(tab, services, voted, asked_by):
    """A run on the round that ended well, without having been done."""
    job = start(tab, given(tab, voted), asked_by("eve"))[tab.train.panel.job_id]
    services.jobs._store.transition(job, {JobState.QUEUED}, JobState.SUCCEEDED)
    return job


def test_a_run_is_voted_on_against_its_base_on_fresh_prompts(
    tab, services, voted, checks, asked_by, monkeypatch
):
    job = trained(tab, services, voted, asked_by)
    monkeypatch.setattr("app.preference_rights.entry_of", lambda *_: None)  # its artefact was not made
    runs, *_ = tab.train._drawn(voted.id, TRAIN, asked_by("eve"))
    assert f'data-does="revote" data-job="{job}"' in runs and "<img" not in runs
    shown = tab.train._pressed(voted.id, asked_by("eve"), event_of(does="revote", job=job))
    made = services.preferences.round(shown[tab.rounds.round], "eve")
    assert (made.spec.purpose, made.spec.model_a, made.spec.model_b) == ("revote", BASE, f"run/{job}")
    assert services.preferences.prompts_left(made.id, "eve") > 50
    runs, *_ = tab.train._drawn(voted.id, TRAIN, asked_by("eve"))
    opened = tab.train._pressed(voted.id, asked_by("eve"), event_of(does="open", round=made.id))
    assert made.id in runs and opened[tab.rounds.round] == made.id


def test_a_job_or_a_round_of_another_is_not_reached(tab, services, voted, checks, asked_by):
    job = trained(tab, services, voted, asked_by)
    for told in (
        {"does": "show", "job": job},
        {"does": "revote", "job": job},
        {"does": "open", "round": voted.id},
    ):
        shown = tab.train._pressed(voted.code, asked_by("mallory"), event_of(**told))
        assert 'role="alert"' in shown[tab.train.error] and len(shown) == 1
    other = services.jobs.submit("pretrain", {"corpus": "sample"}, owner="eve").id
    shown = tab.train._pressed(voted.id, asked_by("eve"), event_of(does="revote", job=other))
    assert "can be voted on" in shown[tab.train.error]


def test_the_loop_has_a_row_for_each_round(tab, services, voted, checks, asked_by):
    assert "The loop" in tab.loop._drawn(LOOP, asked_by("mallory"))
    job = trained(tab, services, voted, asked_by)
    again = RoundSpec("Again", "revote", BASE, f"run/{job}")
    made = services.preferences.create(again, "eve")
    html = tab.loop._drawn(LOOP, asked_by("eve"))
    assert html.count("<tr>") == 2 and "<img" not in html
    for words in ("4 decided", "succeeded", f"run/{job}", made.id):
        assert words in html
    told = event_of(does="open", round=voted.id, view="results")
    assert tab.loop._pressed(asked_by("eve"), told) == (voted.id, "results")
