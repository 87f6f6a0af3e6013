"""The comparison of methods over real stores: the part's callbacks as the browser would call them."""

import re
from types import SimpleNamespace

import gradio as gr
import pytest

from app.fine_tune.compare_methods import MethodComparisons
from app.fine_tune.compare_methods_part import _at_rest
from app.fine_tune.compare_variants import variants_of
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.training.checks.requests import BLOCKS, Checked, Finding
from tests.app.fine_tune.conftest import HOSTILE

VALUES = {
    "base": "house/story-base",
    "dataset": "sample:story-prompts",
    "chat_template": "house",
    "max_steps": 4,
}
TWO = [{"method": "lora", "lora_r": 4}, {"method": "full"}]


@pytest.fixture
def part(tab):
    return tab.methods


@pytest.fixture
def asks(part, given):
    """``asks({"lora": "4, 8", "full": ""}, name="…", max_steps=3)`` → what the browser would send with these
    methods ticked, by their sizes."""

    def values(ticked, name="", rates=(), **changed):
        sent = given(**{"max_steps": 4, **changed}) | {part.unfolded: True, part.name: name}
        sent |= {tick: method in ticked for method, tick in part.ticks.items()}
        sent |= {box: ticked.get(method, "") for method, box in part.sizes.items()}
        return sent | {box: dict(rates).get(method, box.value) for method, box in part.rates.items()}

    return values


@pytest.fixture
def sound(services):
    """Rows in which the check finds this."""

    def rows(*findings):
        def stream(request):
            yield Checked("prompt-completion", 7, 1, findings, ())

        services.tokenizers = SimpleNamespace(stream=stream)

    return rows


@pytest.fixture
def ended(services):
    """``ended(job_id, JobState.FAILED, message="…", loss=2.0)`` leaves a job as its worker would."""

    def leave(job_id, state=JobState.SUCCEEDED, message="", before=5.0, **metrics):
        folder = JobDir(services.settings.runs / job_id)
        folder.append({"type": "plan", "trainable": 1000, "parameters": 50_000, "total_steps": 4})
        folder.append({"type": "eval", "step": 0, "loss": before})
        if state is JobState.SUCCEEDED:
            told = {"loss": 2.0, "perplexity": 7.4, "seconds": 9.0, "peak_memory_bytes": 3e8, **metrics}
            folder.append({"type": "result", "artifact": "artifact", "metrics": told})
        services.jobs._store.transition(job_id, {JobState.QUEUED}, state, message=message)

    return leave


def last(events):
    found = {}
    for updates in events:
        found |= updates
    return found


def table(html):
    """The texts of the cells of each row of a table's body."""
    rows = re.findall(r"<tr>(.*?)</tr>", html.partition("<tbody>")[2])
    return [[re.sub(r"<[^>]+>", "", cell) for cell in re.findall(r"<t[hd].*?</t[hd]>", row)] for row in rows]


def test_before_the_launch_each_method_is_told_and_what_cannot_be_done_is_said_of_it_alone(
    part, asks, asked_by
):
    told = part._plan(asks({"lora": "2, 8", "bitfit": "", "full": ""}), asked_by())
    rows = table(told[part.planned])
    assert [row[0] for row in rows] == [
        "A LoRA, rank 2",
        "B LoRA, rank 8",
        "C All weights",
        "D BitFit (biases)",
    ]
    assert "100 %" in rows[2][2] and "GB" in rows[2][3]
    assert "no biases" in rows[3][1] and "1 of 4 cannot be done" in told[part.planned]
    assert told[part.error] == ""


@pytest.mark.parametrize(
    ("ticked", "changed", "message"),
    [
        ({"lora": "4, x"}, {}, "lora_r accepts whole numbers"),
        ({"lora": "1,2,3,4,5,6,7,8,9"}, {}, "methods accepts two to eight"),
        ({"lora": "4", "full": ""}, {"base": "house/none"}, "house/none"),
    ],
)
def test_a_wrong_value_stands_beside_the_methods(part, asks, asked_by, ticked, changed, message):
    sent = asks(ticked, **changed)
    assert message in part._plan(sent, asked_by())[part.error]
    assert message in last(part._start(sent, asked_by()))[part.error]


def test_a_folded_part_estimates_and_reads_nothing(part, asks, asked_by):
    assert part._plan(asks({"lora": "4"}) | {part.unfolded: False}, asked_by()) == gr.skip()
    assert part._draw((), False, "5766hc4fzjv3", asked_by()) == gr.skip()


@pytest.mark.parametrize("ticked", [{}, {"lora": ""}])
def test_fewer_than_two_do_not_start(part, asks, services, asked_by, ticked):
    assert "methods accepts two to eight" in last(part._start(asks(ticked), asked_by()))[part.error]
    assert services.jobs.list() == []


def test_a_start_puts_a_job_a_method_into_the_queue_and_the_comparison_is_found_again(
    part, asks, sound, services, asked_by
):
    sound()
    sent = asks({"lora": "2, 4", "bitfit": "", "ia3": ""}, name=HOSTILE, rates={"ia3": 3e-3})
    started = last(part._start(sent, asked_by("eve")))
    chosen = started[part.chosen]["value"]
    known = {job.id: job for job in services.jobs.list()}
    jobs = [known[id_] for id_ in part.runs_of(chosen, asked_by("eve"))]
    assert len(known) == 3
    assert [job.spec["method"] for job in jobs] == ["lora", "lora", "ia3"]
    assert [job.spec["lora_r"] for job in jobs[:2]] == [2, 4] and jobs[2].spec["learning_rate"] == 3e-3
    assert {(j.owner, j.spec["seed"], j.spec["max_steps"], j.spec["dataset"]) for j in jobs} == {
        ("eve", 0, 4, "sample:story-prompts")
    }
    assert part._unfold(None, asked_by("eve"))[1]["value"] == chosen, "after a reload"
    assert part._offered(asked_by("mallory"), chosen)["choices"] == []
    shown = part._draw((), True, chosen, asked_by("eve"))
    assert shown[part.timer].active and "0 of 4 done, 3 to go" in shown[part.note]
    assert "no biases" in shown[part.table] and "<img" not in shown[part.table]


def test_what_blocks_stops_all_of_them(part, asks, sound, services, asked_by):
    sound(Finding("masked", BLOCKS, "Nothing is learnt.", (1,), 1, {"max_length": 512}))
    started = last(part._start(asks({"lora": "2", "full": ""}), asked_by()))
    assert "cannot start" in started[part.error] and services.jobs.list() == []


def test_the_page_follows_its_jobs_until_all_have_ended(part, services, ended, asked_by):
    group = part.comparisons.launched(VALUES, variants_of([*TWO, {"method": "ia3"}]), "Three", asked_by())
    first, second, third = (entry["job"] for entry in group.entries)
    ended(first, loss=1.5, peak_memory_bytes=2e8)
    shown = part._draw((), True, group.id, asked_by())
    assert shown[part.timer].active and len(shown[part.plots["memory"]].data) == 1
    assert part._draw(shown[part.mark], True, group.id, asked_by()) == gr.skip()
    unfolded, mark, timer = _at_rest()
    assert not unfolded and not timer.active
    assert part._draw(mark, True, group.id, asked_by())[part.timer].active, "unfolded, it goes on"
    ended(second, JobState.FAILED, message=f"out of memory {HOSTILE}")
    ended(third)
    shown = part._draw(shown[part.mark], True, group.id, asked_by())
    assert not shown[part.timer].active and not shown[part.cancel].visible
    rows = table(shown[part.table])
    assert (
        "1.5000 lowest" in rows[0][2] and "out of memory" in rows[1][-1] and "<img" not in shown[part.table]
    )
    assert len(shown[part.plots["trainable"]].data) == 2
    assert part._csv(group.id, asked_by()).count("\n") == 4


def test_a_stranger_s_comparison_does_not_exist(part, services, asked_by):
    group = part.comparisons.launched(VALUES, variants_of(TWO), "Hers", asked_by("eve"))
    for wrong in (group.id, "../x", "0123456789ab", 3, {"a": 1}):
        with pytest.raises(NotFoundError, match="There is no comparison"):
            part.comparisons.seen(wrong, asked_by("mallory"))
    refused = part._draw((), True, group.id, asked_by("mallory"))
    assert "There is no comparison" in refused[part.note] and not refused[part.body].visible
    for handler in (part._csv, part._cancel):
        with pytest.raises(gr.Error, match="There is no comparison"):
            handler(group.id, asked_by("mallory"))
    assert {job.state for job in services.jobs.list()} == {JobState.QUEUED}
    assert part.comparisons.seen(group.id, asked_by()) == group, "the owner sees all"


def test_cancelling_the_rest_leaves_what_is_done(part, services, ended, asked_by):
    group = part.comparisons.launched(VALUES, variants_of(TWO), "Two", asked_by())
    ended(group.entries[0]["job"])
    part._cancel(group.id, asked_by())
    states = [one.state for one in part.comparisons.outcomes(group)]
    assert states == [JobState.SUCCEEDED, JobState.CANCELLED]


def test_a_comparison_whose_jobs_are_deleted_is_not_offered(part, services, ended, asked_by):
    group = part.comparisons.launched(VALUES, variants_of(TWO), "Two", asked_by())
    first, second = (entry["job"] for entry in group.entries)
    services.jobs.delete(first)
    assert part.comparisons.outcomes(group)[0].reason == "Its job was deleted."
    assert part.comparisons.listed(asked_by()) == [group]
    services.jobs.delete(second)
    assert part.comparisons.listed(asked_by()) == []


def test_data_and_models_of_others_are_refused_and_nothing_is_submitted(services, rows, asked_by):
    comparisons = MethodComparisons(services)
    hers = rows("eve")
    for values in (VALUES | {"dataset": hers}, VALUES | {"base": "run/5766hc4fzjv3"}):
        with pytest.raises(GlassworksError):
            comparisons.launched(values, variants_of(TWO), "x", asked_by("mallory"))
    with pytest.raises(GlassworksError, match="batch_size accepts"):
        comparisons.launched(VALUES | {"batch_size": 0}, variants_of(TWO), "x", asked_by())
    with pytest.raises(SpecError, match="methods accepts"):
        comparisons.launched(VALUES, (), "x", asked_by())
    assert services.jobs.list() == []
