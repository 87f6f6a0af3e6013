"""What the job panel draws of a training on preferences or rewards, and how it shows answers."""

import json

import gradio as gr
import pytest

from app.figures.series import Series
from app.job_panel.answers_view import answers_html
from app.job_panel.charts import MOST, charts_of
from app.job_panel.history import History, folded
from app.job_panel.layout import lay_out
from app.job_panel.plots import plots_of
from app.job_panel.views import sample_html
from app.job_panel.written import Checkpoint, Told
from pipelines.training.preferring.kto import PARTS as OF_KTO
from pipelines.training.preferring.measuring import KL, NAMES
from pipelines.training.preferring.online.rewards import REWARDS
from pipelines.training.preferring.online.trainer import NAMES as OF_REWARDS
from pipelines.training.tuning.tasks import PREFERENCES

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def parts():
    with gr.Blocks():
        return lay_out(None, "")


def history(task, train=(), measured=(), **plan):
    events = [{"type": "plan", "task": task, "total_steps": 10, **plan}]
    events += [{"type": "train", **one} for one in train] + [{"type": "eval", **one} for one in measured]
    return folded(History(), events)


def drawn(parts, found):
    """(title of the axis, names of the lines) of each chart that is seen."""
    plots = [plots_of(parts, found, None)[plot] for plot in parts.charts]
    figures = [json.loads(plot.value["plot"]) for plot in plots if plot.visible]
    return [(f["layout"]["yaxis"]["title"]["text"], [line["name"] for line in f["data"]]) for f in figures]


def told(prompt="Why?", text="So.", reward=1.0, right=False, wanted="", **rewards):
    return {"type": "answered", "step": 0, "prompt": prompt, "text": text, "reward": reward,
            "rewards": rewards or {"correct": reward}, "right": right, "wanted": wanted}  # fmt: skip


@pytest.mark.parametrize("task", PREFERENCES)
def test_all_that_a_training_tells_is_in_a_chart(task):
    names = {
        name
        for chart in charts_of({"task": task, "rewards": dict.fromkeys(REWARDS, 1)})
        for name, _ in chart.lines
    }
    if PREFERENCES[task].asks:
        wanted = {*OF_REWARDS.values()} - {"reward_spread", "clipped"} | {f"reward_{n}" for n in REWARDS}
    else:
        wanted = {*(OF_KTO if task == "kto" else NAMES).values(), KL}
    assert wanted <= names and len(charts_of({"task": task, "rewards": dict.fromkeys(REWARDS, 1)})) <= MOST
    assert charts_of({"task": "instruct"}) == charts_of({}) == ()


def test_preferences_are_drawn_in_training_and_on_held_out_pairs(parts):
    values = dict.fromkeys(NAMES.values(), 0.5)
    found = history(
        "dpo", [{"step": 1, "loss": 0.6, **values}], [{"step": 0, "loss": 0.7, KL: 0.1, **values}]
    )
    assert dict(found.charted)["reward_margin"] == dict(found.held_out)["reward_accuracy"].__class__(
        (1,), (0.5,)
    )
    charts = dict(drawn(parts, found))
    assert [*charts] == [
        "reward margin",
        "reward accuracy",
        "reward",
        "log-probability",
        "KL (nats)",
    ]
    assert charts["reward margin"] == ["training", "held out"] and charts["KL (nats)"] == ["held out"]
    assert charts["log-probability"] == [
        f"{n}{side}" for n in ("preferred", "rejected") for side in (", training", "")
    ]
    updates = plots_of(parts, found, None)
    assert not updates[parts.perplexity].visible and not updates[parts.bits].visible
    assert not found.answers and found.unit == "nats"  # it writes samples


def test_rewards_are_drawn_with_each_part(parts):
    train = {
        "step": 1,
        "loss": 0.0,
        "reward": 0.4,
        "reward_correct": 0.3,
        "reward_length": 0.2,
        "no_signal": 0.5,
        "entropy": 2.0,
    }
    fresh = {
        "step": 0,
        "reward": 0.1,
        "reward_correct": 0.1,
        "reward_length": 0.0,
        "right": 0.1,
        "answer_tokens": 20.0,
    }
    both = history("grpo", [train], [fresh], rewards={"correct": 1, "length": 0.5})
    charts = dict(drawn(parts, both))
    assert {"reward", "reward by part", "right answers", "tokens an answer", "entropy (nats)",
            "without signal"} == {*charts}  # fmt: skip
    assert charts["reward by part"][0] == "right answer, training" and len(charts["reward by part"]) == 4
    assert "reward by part" not in dict(
        drawn(parts, history("rloo", [train], [fresh], rewards={"correct": 1}))
    )


def test_other_jobs_have_no_charts(parts):
    found = history(
        "instruct", [{"step": 1, "loss": 2.0, "reward": 3.0}], [{"step": 0, "loss": 2.0, "perplexity": 7.0}]
    )
    assert drawn(parts, found) == [] and found.charted == () and found.per_token
    later = folded(found, [{"type": "train", "step": 2, "loss": 1.0}])
    assert not {*parts.charts} & {*plots_of(parts, later, found)}


def test_answers_stand_with_the_texts_of_their_step_in_whatever_order_they_come():
    events = [
        told("A", "one"),
        {"type": "sample", "step": 5, "prompt": "S", "text": "t"},
        {**told("A", "two"), "step": 5},
    ]
    found = folded(History(), events).checkpoints
    assert [(c.step, c.texts, [a.text for a in c.answers]) for c in found] == [
        (0, (), ["one"]),
        (5, (("S", "t"),), ["two"]),
    ]
    again = folded(History(checkpoints=found), [{**told("A", "three"), "step": 5}])  # a resumed run
    assert [a.text for a in again.checkpoints[-1].answers] == ["three"] and again.checkpoints[-1].texts
    odd = folded(
        History(), [{"type": "answered", "step": 1, "rewards": [1], "reward": "much", "wanted": None}]
    )
    assert odd.checkpoints == (Checkpoint(1, (), (Told("", "", "", None, (), False),)),)


def test_a_table_says_what_was_asked_answered_and_given_and_escapes_it():
    events = [told(HOSTILE, HOSTILE, 0.0, wanted="7"), told("Add.", "It is 5.", 1.0, True, wanted="5")]
    html = sample_html(folded(History(), events).checkpoints[0], 10)
    assert "<img" not in html and "✗ wanted 7" in html and "✓ right" in html and html.count("<tr>") == 3
    assert "Sound working" not in html
    parts = folded(History(), [told(correct=0.0, working=0.25, length=1.0)]).checkpoints[0]
    assert "<td>0.25</td>" in answers_html(parts.answers) and "Sound working" in answers_html(parts.answers)
    assert answers_html(()) == "" and "<table" not in sample_html(Checkpoint(1, (("a", "b"),)), 10)


def test_series_of_a_chart_thin_out_and_resume_as_others_do():
    found = history("dpo", [{"step": n, "loss": 1.0, "reward_margin": float(n)} for n in range(1, 6)])
    later = folded(found, [{"type": "train", "step": 3, "loss": 1.0, "reward_margin": 9.0}])
    assert dict(later.charted)["reward_margin"] == Series((1, 2, 3), (1.0, 2.0, 9.0))
