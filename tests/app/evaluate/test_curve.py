"""A task at each checkpoint of a run, for those whose run it is."""

import gradio as gr
import pytest

from app.evaluate.board_view import results_of
from app.evaluate.curve_part import CurvePart
from app.evaluate.seen import seen_board
from app.figures.checkpoints import Line, Reading, checkpoints_figure
from tests.support.evaluated import write_result


@pytest.fixture
def run(services, settings):
    """A run of eve's that was asked at two steps and in the end."""
    job = services.jobs.submit("evaluate", {"models": ["house/story-base"]}, owner="eve").id
    for rights, step in ((4, "@50"), (9, "@100"), (8, "")):
        write_result(settings, f"run/{job}{step}", [place < rights for place in range(12)])
    return f"run/{job}"


@pytest.fixture
def part(services):
    with gr.Blocks():
        made = CurvePart(services)
        made.wire()
    return made


def offered(part, services, request):
    return part.offered(results_of(seen_board(services, request)))


def test_each_metric_is_a_line_over_the_steps(part, services, run, asked_by):
    chooser = offered(part, services, asked_by("eve"))
    assert chooser["choices"][0][0] == f"{run} · Story endings · 3 points"
    plot, hint = part._drawn(chooser["value"], asked_by("eve"))
    assert plot.visible and not hint
    results = results_of(seen_board(services, asked_by("eve")))
    assert "value" not in part.offered(results, chooser["value"])
    assert part.offered(results, "gone")["value"] == chooser["value"]
    lines = plot.constructor_args["value"].data
    assert [line["name"] for line in lines] == ["acc", "acc_norm", "acc_bytes"]
    assert [*lines[0]["x"]] == [50, 100] and [*lines[0]["y"]] == pytest.approx([4 / 12, 8 / 12])
    assert "step 50" in lines[0]["text"][0] and "s result" in lines[0]["text"][1]


def test_another_s_run_is_not_drawn(part, services, run, asked_by):
    chosen = offered(part, services, asked_by("eve"))["value"]
    assert offered(part, services, asked_by("bob"))["choices"] == []
    assert not part._drawn(chosen, asked_by("bob"))[0].visible
    for strange in (None, "", "x", "[1]", '["run/x", "y", "z"]', '["house/story-base", "story_cloze", ""]'):
        assert not part._drawn(strange, asked_by("eve"))[0].visible


def test_one_reading_makes_no_curve():
    one = Line("acc", (Reading(10, 0.5, 0.4, 0.6),))
    figure = checkpoints_figure([one], "share", True)
    assert not figure.data and "Two checkpoints" in figure.layout.annotations[0].text


def test_names_are_escaped_and_intervals_drawn():
    line = Line("<b>", (Reading(10, 0.5, 0.4, 0.7, "<i>"), Reading(20, 0.6, 0.6, 0.6)))
    [trace] = checkpoints_figure([line], "share", True).data
    assert trace["name"] == "&lt;b&gt;" and trace["text"][0] == "&lt;i&gt;"
    assert trace["error_y"]["array"] == pytest.approx([0.2, 0.0])
    assert trace["error_y"]["arrayminus"] == pytest.approx([0.1, 0.0])
