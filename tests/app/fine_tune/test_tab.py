"""The tab's callbacks as the browser would call them, without a browser."""

import html
import json
import re
from types import SimpleNamespace

import gradio as gr
import pytest

from app import opening
from app.job_panel.panel import View
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.training.checks.requests import BLOCKS, WARNS, Checked, Checking, Finding
from tests.app.fine_tune.conftest import HOSTILE

MINILM = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture
def finds(services):
    """``finds(*findings)`` has the check answer with these, in the place of the tokenizer worker; gives what
    it was asked."""
    asked = []

    def answer(*findings):
        def stream(request):
            asked.append(request)
            yield Checking(1, 8)
            yield Checked("prompt-completion", 7, 1, findings, ())

        services.tokenizers = SimpleNamespace(stream=stream)
        return asked

    return answer


def last(events):
    """All updates of a handler that tells of its work, the later ones over the earlier."""
    found = {}
    for updates in events:
        found |= updates
    return found


def test_the_example_is_shown_and_no_fault_is_found_with_it(tab, given, asked_by):
    shown = tab._drawn(given(), asked_by())
    assert "Prompt and completion" in shown[tab.data.view] and shown[tab.error] == ""
    assert "gw-role" in shown[tab.data.rows]
    slots = [shown[slot] for slot in tab.data.slots]
    assert [slot.value for slot in slots[:2]] == ["prompt", "completion"]
    assert not slots[3].visible


def test_what_the_run_takes_is_told_and_follows_the_method(tab, given, asked_by):
    lora, full = (tab._told(given(method=method), asked_by())[tab.estimate] for method in ("lora", "full"))
    assert "648 k of 11.2 M" in lora and "(100 %)" in full and "optimiser" in lora
    unknown = tab._told(given(base="owner/not-here"), asked_by())
    assert "fetched the model" in unknown[tab.estimate] and unknown[tab.error] == ""
    wrong = tab._told(given(target_modules="no_such_layer"), asked_by())
    assert "target_modules accepts" in wrong[tab.error]


def test_another_task_brings_a_base_and_a_sample_that_fit(tab, given, asked_by):
    turned = tab.study.tasked(given(task="classify"), asked_by())
    assert turned[tab.base]["value"] == MINILM
    assert "value" not in tab.study.tasked(given(task="classify", base=MINILM), asked_by())[tab.base]
    assert turned[tab.data.dataset] == "sample:reviews" and turned[tab.data.columns] == ""
    assert not turned[tab.form.sft]["visible"]
    drawn = tab._drawn(given(task="classify", base=MINILM, dataset="sample:reviews"), asked_by())
    assert "Text and label" in drawn[tab.data.view] and drawn[tab.error] == ""


def test_a_task_without_data_yet_asks_for_some(tab, given, asked_by):
    shown = tab._drawn(given(task="answer", base=MINILM, dataset=""), asked_by())
    assert "bring rows of your own" in shown[tab.data.view] and shown[tab.error] == ""


def test_rows_that_are_not_recognised_are_mapped_by_hand(tab, given, rows, asked_by):
    dataset = rows()
    shown = tab._drawn(given(dataset=dataset), asked_by())
    assert "not recognised" in shown[tab.data.view] and "<img" not in shown[tab.data.rows]
    asked = {**given(dataset=dataset), tab.data.format: "prompt-completion"}
    lines = tab._reformatted(asked, asked_by())[tab.data.columns]
    assert lines == "prompt=ask\ncompletion=reply"
    drawn = tab._drawn(given(dataset=dataset, columns=lines), asked_by())
    assert "Prompt and completion" in drawn[tab.data.view]
    assert tab.form.spec(given(dataset=dataset, columns=lines)).roles == {
        "prompt": "ask",
        "completion": "reply",
    }
    swapped = {**asked, tab.data.slots[0]: "reply", tab.data.slots[1]: "ask", tab.data.slots[2]: ""}
    assert tab._mapped(swapped)[tab.data.columns] == "prompt=reply\ncompletion=ask"


def test_rows_are_brought_by_pasting_and_refused_where_they_are_bad(tab, asked_by):
    pasted = {
        tab.data.text: '{"prompt": "a", "completion": "b"}\n' * 3,
        tab.data.title: "Mine",
        tab.data.file: None,
    }
    made = tab._added(pasted, asked_by("eve"))
    assert made[tab.data.dataset].value.startswith("upload:") and made[tab.data.columns] == ""
    refused = tab._added(pasted | {tab.data.text: '{"prompt": "a"}\n{broken'}, asked_by("eve"))
    assert "gw-error" in refused[tab.data.add_error] and tab.data.dataset not in refused


@pytest.mark.parametrize("dataset", ["path:/etc/passwd", "hub:owner/name"])
def test_disk_and_hub_are_the_owner_s(tab, given, finds, asked_by, dataset):
    finds()
    assert "Only the owner" in tab._drawn(given(dataset=dataset), asked_by("eve"))[tab.data.view]
    checked = last(tab._checked(given(dataset=dataset), asked_by("eve")))
    assert "Only the owner" in checked[tab.check.status]


def test_another_s_rows_do_not_exist(tab, given, rows, finds, services, asked_by):
    theirs, asked = rows("eve"), finds()
    mallory = asked_by("mallory")
    assert "There is no data set" in tab._drawn(given(dataset=theirs), mallory)[tab.data.view]
    started = last(tab._start(given(dataset=theirs), mallory))
    assert "There is no data set" in started[tab.error] and services.jobs.list() == []
    held = last(tab._start(given(validation=theirs), mallory))
    assert "There is no data set" in held[tab.error]
    drop = SimpleNamespace(value=json.dumps({"drop_rows": [1]}))
    assert "There is no data set" in tab._mended(given(dataset=theirs), drop, mallory)[tab.error]
    assert asked == [] and theirs not in [
        id_ for _, id_ in tab.data.offered(mallory)[tab.data.dataset].choices
    ]


def test_a_base_that_cannot_learn_the_task_is_refused(tab, given, finds, services, asked_by):
    finds()
    started = last(tab._start(given(base=MINILM), asked_by()))
    assert "base accepts for the task instruct" in started[tab.error] and services.jobs.list() == []
    checked = last(tab._checked(given(base="run/5766hc4fzjv3"), asked_by("eve")))
    assert "There is no model" in checked[tab.check.status]


def test_a_clean_check_starts_the_job_that_the_task_is_for(tab, given, finds, services, asked_by):
    asked = finds(Finding("length", WARNS, "Two rows are cut."))
    started = last(tab._start(given(name="Mine"), asked_by()))
    job = services.jobs.get(started[tab.panel.job_id])
    assert (job.kind, job.title, job.state) == ("sft", "Mine", JobState.QUEUED) and started[tab.error] == ""
    assert asked[0].spec["base"] == "house/story-base" and asked[0].data.endswith("story-prompts.jsonl")
    encoder = given(task="classify", base=MINILM, dataset="sample:reviews")
    assert services.jobs.get(last(tab._start(encoder, asked_by()))[tab.panel.job_id]).kind == "encoder"


def test_a_blocking_finding_stops_the_start_and_is_shown(tab, given, finds, services, asked_by):
    finds(Finding("masked", BLOCKS, f"Nothing is learnt of {HOSTILE}.", (1,), 1, {"max_length": 512}))
    started = last(tab._start(given(), asked_by()))
    assert services.jobs.list() == [] and tab.panel.job_id not in started
    assert "cannot start" in started[tab.error] and "data-mend" in started[tab.check.findings]
    assert started[tab.view] == "before", "what was found is not in view"
    assert "<img" not in started[tab.check.findings]


def test_a_wrong_value_stands_beside_the_form(tab, given, services, asked_by):
    for call in (tab._start, tab._checked):
        assert "batch_size accepts" in last(call(given(batch_size=0), asked_by()))[tab.error]
    assert "lora_r accepts" in tab._told(given(lora_r=None), asked_by())[tab.error]
    assert services.jobs.list() == []


def test_a_mend_changes_the_form(tab, given, asked_by):
    mended = tab._mended(given(), SimpleNamespace(value='{"max_length": 512}'), asked_by())
    assert mended == {tab.form.fields["max_length"]: 512, tab.error: ""}
    listed = SimpleNamespace(value='{"columns": ["prompt=a", "completion=b"]}')
    assert tab._mended(given(), listed, asked_by())[tab.data.columns] == "prompt=a\ncompletion=b"


def test_a_mend_leaves_rows_out(tab, given, rows, services, asked_by):
    dataset = rows("eve")
    drop = SimpleNamespace(value=json.dumps({"drop_rows": [2, 8], "file": "data"}))
    mended = tab._mended(given(dataset=dataset), drop, asked_by("eve"))
    kept = services.rows.table(mended[tab.data.dataset].value)
    assert [row["reply"] for row in kept.rows] == [f"It is {n}." for n in (0, 2, 3, 4, 5, 6)]
    assert services.rows.owner(mended[tab.data.dataset].value) == "eve"
    drop.value = json.dumps({"drop_rows": list(range(1, 9)), "file": "validation"})
    assert "No row would be left" in tab._mended(given(validation=dataset), drop, asked_by("eve"))[tab.error]


HALF = {"batch_size": 4, "gradient_accumulation_steps": 2}


def test_a_run_that_did_not_fit_is_offered_smaller_steps_and_the_form_takes_them(
    tab, given, finds, services, asked_by
):
    finds()
    standing = given(name="Mine", learning_rate=0.002)
    job = last(tab._start(standing, asked_by("eve")))[tab.panel.job_id]
    services.jobs._store.transition(job, {JobState.QUEUED}, JobState.FAILED)
    again = {"gradient_checkpointing": True}
    JobDir(services.settings.runs / job).append(
        {"type": "error", "message": "Too large.", "mends": [HALF, again]}
    )
    head = tab.panel._open(job, View(), asked_by("eve"))[tab.panel.parts.head]
    mends = [json.loads(html.unescape(one)) for one in re.findall(r'data-mend="([^"]*)"', head)]
    assert mends == [HALF, again]

    typed = given(name="Mine", learning_rate=0.003) | {tab.panel.job_id: job}
    click = SimpleNamespace(value=json.dumps(HALF))
    taken = tab._lessened(typed, click, asked_by("eve"))
    fields = tab.form.fields
    assert {name: taken[fields[name]] for name in HALF} == HALF
    assert fields["name"] not in taken and fields["learning_rate"] not in taken, "what was typed is lost"
    assert "batch_size 4, gradient_accumulation_steps 2" in taken[tab.error]
    assert "differs from that run in learning_rate." in taken[tab.error]
    assert "There is no job" in tab._lessened(typed, click, asked_by("mallory"))[tab.error]


@pytest.mark.parametrize(
    "value", ["", "3", "[]", "{}", '{"max_length": -1}', '{"drop_rows": "x"}', "[" * 9_999]
)
def test_a_mend_that_anyone_may_have_written_is_checked(tab, given, asked_by, value):
    for take in (tab._mended, tab._lessened):
        mended = take(given() | {tab.panel.job_id: ""}, SimpleNamespace(value=value), asked_by())
        assert "gw-error" in mended[tab.error] and len(mended) == 1


def test_opening_the_tab_offers_what_is_the_visitor_s_and_keeps_what_is_chosen(tab, given, rows, asked_by):
    mine = rows("eve")
    (handlers,) = [h for t, h in opening._REFRESHING[tab.page].items() if isinstance(t, gr.Tab)]
    shown = {}
    for handler in handlers:
        stands = [given().get(one, one.value) for one in handler.inputs]
        shown |= dict(zip(handler.outputs, handler.updates(asked_by("eve"), stands), strict=True))
    assert mine in [id_ for _, id_ in shown[tab.data.dataset].choices]
    assert "value" not in shown[tab.data.dataset].constructor_args
    assert shown[tab._redraw.asked] and shown[tab._retell.asked], "data and estimate are drawn anew"


def test_a_job_s_link_opens_it(tab, asked_by):
    job = "5766hc4fzjv3"
    assert tab._linked(asked_by(tab="fine-tune", job=job)) == {tab.panel.job_id: job}
    assert tab._linked(asked_by(tab="fine-tune", job="../x")) == {}


def test_the_result_stands_for_its_owner_once_it_is_there(tab, given, finds, services, asked_by):
    finds()
    job = last(tab._start(given(), asked_by("eve")))[tab.panel.job_id]
    assert tab.after.drawn(job, "", asked_by("eve")) == gr.skip(), "it is not done"
    services.jobs._store.transition(job, {JobState.QUEUED}, JobState.SUCCEEDED)
    folder = services.settings.runs / job
    folder.mkdir(parents=True, exist_ok=True)
    told = {"best": [{"row": 1, "loss": 0.1, "prompt": HOSTILE, "text": "b"}], "worst": []}
    (folder / "validation_rows.json").write_text(json.dumps(told))
    shown = tab.after.drawn(job, "", asked_by("eve"))
    assert shown[tab.after.column].visible and "&lt;img" in shown[tab.after.held]
    assert tab.after.drawn(job, job, asked_by("eve")) == gr.skip(), "it was sent again"
    assert tab.after.drawn(job, "", asked_by("mallory")) == gr.skip()
    assert not tab.after.drawn("", job, asked_by("eve"))[tab.after.column].visible


@pytest.mark.parametrize("model", ["path:/etc", "owner/model", "run/5766hc4fzjv3"])
def test_what_a_visitor_may_not_try_is_refused(tab, asked_by, model):
    assert "gw-error" in tab.trying.tried(model, "A text", "", asked_by("eve"))
