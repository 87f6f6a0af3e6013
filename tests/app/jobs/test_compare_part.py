"""The comparison's callbacks as the browser would call them, without a browser."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.compare.export import csv_text, json_text
from app.tabs.compare_part import ComparePart, _at_rest
from pipelines.jobs.states import JobState

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
def part(services):
    with gr.Blocks():
        made = ComparePart(services)
        made.wire()
    return made


@pytest.fixture
def add(services):
    """``add(title, owner, state, **spec)`` → the id of a run with three readings."""

    def made(title="Tales", owner="owner", state=JobState.SUCCEEDED, **spec):
        job = services.jobs.submit("pretrain", {"seed": 1, "num_layers": 2, **spec}, owner, title)
        services.jobs.set(job.id, state, started=1.0)
        services.jobs.emit(job.id, {"type": "plan", "total_steps": 3, "tokens": 30, "flops": 300.0})
        for step in (1, 2, 3):
            services.jobs.emit(job.id, train(step), measured(step, 4.0 - step))
        return job.id

    return made


def train(step, **more):
    figures = {"loss": 3.0, "lr": 1e-3, "tokens": 10 * step, "elapsed": 0.5 * step}
    return {"type": "train", "step": step, **figures, **more}


def measured(step, bits):
    return {"type": "eval", "step": step, "loss": 2 * bits, "bits_per_byte": bits}


def draw(part, request, runs, metric="bits_per_byte", x="steps", smoothing=0.01, log=()):
    return part._draw(request, (), True, runs, metric, x, smoothing, list(log))


def test_two_runs_are_drawn_with_their_differences_and_figures(part, add, asked_by):
    runs = [add("Plain"), add("Deep", num_layers=5)]
    drawn = draw(part, asked_by(), runs)
    assert [list(trace.y) for trace in drawn[part.plot].data] == [[3, 2, 1], [3, 2, 1]]
    assert "≠" in drawn[part.settings] and "Layers" in drawn[part.settings]
    assert "1 settings" not in drawn[part.settings] and "settings that are the same" in drawn[part.settings]
    assert "1.0000" in drawn[part.figures] and "lowest" not in drawn[part.figures]
    assert "/compare_runs" in drawn[part.code] and not drawn[part.timer].active


@pytest.mark.parametrize(("x", "ends"), [("tokens", 30), ("flops", 300), ("seconds", 1.5)])
def test_the_axis_is_what_was_asked_for(part, add, asked_by, x, ends):
    drawn = draw(part, asked_by(), [add(), add()], x=x)
    assert drawn[part.plot].data[0].x[-1] == pytest.approx(ends)


def test_titles_are_escaped(part, add, asked_by):
    drawn = draw(part, asked_by(), [add(HOSTILE), add(HOSTILE, corpus=HOSTILE)])
    for component in (part.figures, part.settings, part.code, part.note):
        assert "<img" not in drawn[component]
    assert "<img" not in drawn[part.plot].data[0].name


def test_a_strangers_run_does_not_exist(part, add, asked_by):
    own, hers = add(owner="eve"), add(owner="owner")
    refused = draw(part, asked_by("eve"), [own, hers])
    assert "There is no job" in refused[part.note] and not refused[part.body].visible
    assert part.plot not in refused
    with pytest.raises(gr.Error, match="There is no job"):
        part._telling(json_text)(asked_by("eve"), [own, hers], "bits_per_byte", "steps", 0.0, [])
    choices = part._offer(asked_by("eve")).choices
    assert [value for _, value in choices] == [own]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"runs": ["../../etc"]}, "runs accepts job ids"),
        ({"runs": ["5768p155qy2j"] * 9}, "runs accepts a list of at most 8"),
        ({"runs": [], "metric": "<b>"}, "metric accepts one of"),
        ({"runs": [], "x": "moons"}, "x accepts one of"),
        ({"runs": [], "smoothing": 7}, "smoothing accepts a number"),
        ({"runs": 5}, "runs accepts"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(part, asked_by, given, message):
    assert message in draw(part, asked_by(), **given)[part.note]


def test_nothing_chosen_says_what_to_do(part, add, asked_by):
    assert "Train two" in draw(part, asked_by(), [])[part.note]
    run = add()
    assert "Train another" in draw(part, asked_by(), [])[part.note]
    alone = draw(part, asked_by(), [run])
    assert "a second one" in alone[part.note] and alone[part.body].visible
    add()
    assert "Choose two runs" in draw(part, asked_by(), None)[part.note]


def test_a_folded_part_costs_nothing(part, add, services, asked_by):
    runs, before = [add(), add()], services.jobs.reads
    assert part._draw(asked_by(), (), False, runs, "bits_per_byte", "steps", 0.0, []) == gr.skip()
    assert services.jobs.reads == before


def test_a_running_run_is_followed_and_a_tick_with_nothing_new_sends_nothing(part, add, services, asked_by):
    runs = [add(), add(state=JobState.RUNNING)]
    values = (runs, "bits_per_byte", "steps", 0.0, [])
    drawn = part._draw(asked_by(), (), True, *values)
    assert drawn[part.timer].active
    assert part._draw(asked_by(), drawn[part.mark], True, *values) == gr.skip()
    unfolded, mark, timer = _at_rest()
    assert not unfolded and not timer.active
    assert part._draw(asked_by(), mark, True, *values)[part.timer].active, "unfolded, it goes on"
    services.jobs.emit(runs[1], measured(4, 0.25))
    newer = part._draw(asked_by(), drawn[part.mark], True, *values)
    assert newer[part.plot].data[1].y[-1] == 0.25 and "lowest" in newer[part.figures]
    services.jobs.set(runs[1], JobState.SUCCEEDED)
    assert not part._draw(asked_by(), newer[part.mark], True, *values)[part.timer].active


def test_ten_visitors_read_a_run_once(part, add, services, asked_by):
    runs = [add(), add()]
    draw(part, asked_by(), runs)
    before = part._comparer.runs(_spec(runs), asked_by())
    for _ in range(10):
        again = part._comparer.runs(_spec(runs), asked_by())
    assert all(a.curves is b.curves for a, b in zip(before, again, strict=True))


def test_unfolding_begins_with_the_two_newest_that_have_curves(part, add, services, asked_by):
    runs = [add(), add(), add()]
    services.jobs.submit("pretrain", {}, "owner", "waits")
    newest = sorted(runs)[-2:]
    assert part._unfold([], asked_by())[1].value == newest
    assert part._unfold(runs[:1], asked_by())[1].value == runs[:1]


def test_a_metric_that_no_run_has_gives_way_to_one_that_there_is(part, services, asked_by):
    job = services.jobs.submit("pretrain", {}, "owner", "other")
    services.jobs.emit(job.id, {"type": "eval", "step": 1, "accuracy": 0.5})
    drawn = draw(part, asked_by(), [job.id])
    assert drawn[part.metric]["value"] == "eval.accuracy"
    assert "value" not in draw(part, asked_by(), [job.id], "eval.accuracy")[part.metric]
    assert list(drawn[part.plot].data[0].y) == [0.5]


def test_runs_without_the_reading_are_named(part, add, services, asked_by):
    waiting = services.jobs.submit("pretrain", {}, "owner", "still waits")
    drawn = draw(part, asked_by(), [add(), waiting.id])
    assert "B (still waits)" in drawn[part.note] and len(drawn[part.plot].data) == 1


def test_other_held_out_texts_are_pointed_out(part, add, asked_by):
    assert "differ in Seed" in draw(part, asked_by(), [add(seed=1), add(seed=2)])[part.note]
    assert "Seed" not in draw(part, asked_by(), [add(), add()])[part.note]


def test_a_link_restores_the_comparison_and_a_broken_one_nothing(part, add, asked_by):
    runs = [add(), add()]
    query = {
        "tab": "jobs",
        "runs": "\n".join(runs),
        "metric": "training_loss",
        "x": "tokens",
        "log_y": "true",
    }
    linked = part._linked(_opened(asked_by(), query))
    assert linked[part.fold].open and linked[part.unfolded] and linked[part.runs].value == runs
    inputs = (part.metric, part.x, part.smoothing, part.log)
    held = ["training_loss", "tokens", 0.01, ["log_y"]]
    assert [linked[one]["value"] for one in inputs] == held
    assert linked[part.smoothing]["visible"], "the loss is noisy"
    assert part.plot in linked, "it is drawn with the same event"
    for bad in ({"runs": "../x"}, {"x": "moons"}, {"metric": "?"}, {"tab": "decoding"}):
        assert part._linked(_opened(asked_by(), {**query, **bad})) == gr.skip()


def test_the_files_hold_every_point(part, add, asked_by):
    runs = [add("=cmd()"), add("Deep", num_layers=5)]
    values = (runs, "bits_per_byte", "tokens", 0.0, [])
    answer = json.loads(part._telling(json_text)(asked_by(), *values))
    assert answer["runs"][0]["x"] == [10, 20, 30] and answer["runs"][0]["y"] == [3, 2, 1]
    assert answer["differences"] == {"num_layers": {"A": 2, "B": 5}}
    lines = part._telling(csv_text)(asked_by(), *values).splitlines()
    assert lines[0] == "run,job,title,tokens,bits_per_byte" and len(lines) == 7
    assert lines[1] == f"A,{runs[0]},'=cmd(),10.0,3.0"


def _spec(runs):
    from app.compare.spec import ComparisonSpec

    return ComparisonSpec(runs=tuple(runs))


def _opened(request, query):
    return SimpleNamespace(headers=request.headers, query_params=query)
