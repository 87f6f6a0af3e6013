"""What a comparison of methods consists of and what it shows, as pure functions."""

import csv
import io
import json
from types import SimpleNamespace

import pytest

from app.compare.curves import Curves, folded
from app.fine_tune import compare_view as views
from app.fine_tune.compare_results import Outcome, as_json, best_of, chief, csv_text, outcome
from app.fine_tune.compare_variants import SIZES, Variant, rate_of, sizes_of, spec_of, variants_of
from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.jobs.states import JobState
from pipelines.training.tuning.specs import METHODS, TuneSpec
from tests.app.fine_tune.conftest import HOSTILE

VALUES = {
    "base": "house/story-base",
    "dataset": "sample:story-prompts",
    "chat_template": "house",
    "max_steps": 4,
}
TWO = [{"method": "lora", "lora_r": 4}, {"method": "full"}]


def test_a_variant_changes_method_rate_size_and_name_and_nothing_else():
    values = VALUES | {"seed": 7, "lora_alpha": 8.0, "use_dora": True, "learning_rate": 1.0, "method": "ia3"}
    lora = spec_of(values, Variant("lora", 1e-3, 4), "Tales").to_dict()
    full = spec_of(values, Variant("full", 1e-4), "Tales").to_dict()
    assert (lora["lora_r"], lora["use_dora"], lora["learning_rate"]) == (4, True, 1e-3)
    assert (lora["name"], full["name"]) == ("Tales: LoRA, rank 4", "Tales: All weights")
    differ = {name for name in lora if lora[name] != full[name]}
    assert differ == {"method", "learning_rate", "lora_r", "lora_alpha", "use_dora", "name"}
    assert full["seed"] == 7 and full["max_steps"] == 4


def test_a_long_title_is_cut_and_the_method_stays():
    name = spec_of(VALUES, Variant("lora", 1e-3, 4), "x" * 80).name
    assert len(name) == 80 and name.endswith(": LoRA, rank 4")


def test_every_method_has_a_rate_and_every_size_is_a_field():
    assert all(0 < rate_of(method) < 1 for method in METHODS)
    assert set(SIZES) <= set(METHODS) and set(SIZES.values()) <= set(knobs(TuneSpec))


def test_sizes_are_typed_with_commas_or_spaces_and_the_same_one_counts_once():
    assert sizes_of("lora", "4, 16 4,") == (4, 16)
    assert sizes_of("lora", " ") == sizes_of("full", "9") == (None,)
    for wrong in ("4, x", "-4", "4.5", "٤" * 9, "9" * 7):
        with pytest.raises(SpecError, match="lora_r accepts whole numbers"):
            sizes_of("lora", wrong)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (None, "methods accepts a list"),
        ([3, 4], "methods accepts a list"),
        ([], "methods accepts two to eight"),
        (TWO[:1], "methods accepts two to eight"),
        ([{"method": "lora", "lora_r": n} for n in range(1, 10)], "methods accepts two to eight"),
        ([TWO[0], TWO[0]], "methods accepts each method once"),
        ([TWO[0], {"method": "magic"}], "method accepts one of 'lora'"),
        ([TWO[0], {"method": "full", "lora_r": 3}], "lora_r accepts nothing beside full"),
        ([TWO[0], {"method": "full", "seed": 3}], "seed accepts nothing beside full"),
    ],
)
def test_what_is_no_comparison_is_refused_by_name(asked, message):
    with pytest.raises(SpecError, match=message):
        variants_of(asked)


# Results.


def status(state=JobState.SUCCEEDED, message="", **metrics):
    job = SimpleNamespace(id="5766hc4fzjv3", state=state, message=message)
    return SimpleNamespace(job=job, step=3, total=4, metrics=metrics)


def test_an_outcome_reads_plan_result_and_step_0():
    events = [
        {"type": "plan", "trainable": 10, "parameters": 1000},
        {"type": "eval", "step": 0, "loss": 5.0, "macro_f1": 0.1},
        {"type": "eval", "step": 4, "loss": 2.5, "macro_f1": 0.75},
    ]
    metrics = {"macro_f1": 0.75, "loss": 2.5, "seconds": 7.5, "peak_memory_bytes": 1e8, "steps": 4}
    entry = {"label": "LoRA, rank 4", "method": "lora", "size": 4, "learning_rate": 1e-3}
    one = outcome(1, entry, status(**metrics), folded(Curves(), events))
    assert (one.letter, one.trainable, one.percent, one.memory, one.seconds) == ("B", 10, 1.0, 1e8, 7.5)
    assert dict(one.measures) == {"loss": 2.5, "macro_f1": 0.75}
    assert dict(one.before) == {"loss": 5.0, "macro_f1": 0.1}


def test_an_outcome_without_a_job_or_with_odd_figures_keeps_its_reason():
    gone = outcome(0, {"label": "IA³", "job": "5766hc4fzjv3"}, None)
    assert gone.state is None and "deleted" in gone.reason
    assert outcome(0, {"reason": "no biases"}, None).reason == "no biases"
    odd = outcome(0, {"size": "x"}, status(loss="NaN", seconds=None, peak_memory_bytes=True))
    assert odd.measures == {} and (odd.seconds, odd.memory, odd.size) == (None, None, None)
    failed = outcome(0, {}, status(JobState.FAILED, "too large", validation_loss=1.0))
    assert failed.reason == "too large" and not failed.waits


def test_the_best_is_the_lowest_loss_the_highest_share_and_the_least_cost():
    def made(letter, loss, share, seconds):
        return Outcome(letter, "x", "lora", 1e-3, seconds=seconds, measures={"loss": loss, "f1": share})

    two = [made("A", 2.0, 0.5, 9.0), made("B", 1.0, 0.75, 4.0)]
    assert (best_of(two, "loss"), best_of(two, "f1"), best_of(two, "seconds")) == (1.0, 0.75, 4.0)
    assert best_of(two[:1], "loss") is None and best_of([two[0], two[0]], "loss") is None


def test_the_chief_measure_is_the_task_s():
    assert chief([{"reason": "left out"}, {"task": "tag"}]) == "entity_f1"
    assert chief([]) == chief([{"task": "gone"}]) == "loss"


def test_the_csv_has_a_row_a_method_and_no_formulas():
    figures = {"trainable": 10.0, "parameters": 1000.0, "memory": 1e8, "seconds": 2.0}
    told = {"measures": {"loss": 2.5}, "before": {"loss": 5.0}, **figures}
    done = Outcome("A", "=cmd()", "lora", 1e-3, 4, "5766hc4fzjv3", JobState.SUCCEEDED, **told)
    refused = Outcome("B", "BitFit", "bitfit", 1e-3, reason="no biases")
    rows = list(csv.DictReader(io.StringIO(csv_text([done, refused]))))
    assert rows[0]["label"] == "'=cmd()" and rows[0]["loss"] == "2.5" and rows[0]["loss_before"] == "5.0"
    assert rows[1]["reason"] == "no biases" and rows[1]["loss"] == rows[1]["memory_bytes"] == ""
    assert json.loads(json.dumps(as_json([done])))[0]["percent"] == 1.0


def test_figures_hold_those_that_are_done_and_the_line_before_where_all_begin_alike():
    def made(letter, before, **more):
        return Outcome(letter, HOSTILE, "lora", 1e-3, trainable=10.0, memory=1e8, seconds=2.0,
                       measures={"loss": 2.5}, before={"loss": before}, **more)  # fmt: skip

    drawn = views.figures([made("A", 5.001), made("B", 5.002), Outcome("C", "x", "full", 1e-4)], "loss")
    assert [len(figure.data) for figure in drawn.values()] == [2, 2, 2]
    assert drawn["trainable"].layout.xaxis.type == "log" and drawn["seconds"].layout.shapes[0].y0 == 5.001
    assert "<img" not in drawn["memory"].data[0].hovertemplate
    assert not views.figures([made("A", 5.0), made("B", 6.0)], "loss")["memory"].layout.shapes
