"""The lab's plots, from numbers alone."""

import math

from app.figures.prompt_lab import Line, Spot, calibration_figure, front_figure, lines_figure


def spot(x, share, label="", front=False):
    return Spot(x, share, max(0, share - 0.1), min(1, share + 0.1), label, f"at {x}", front)


def test_the_front_is_marked_by_shape_and_joined_by_steps():
    drawn = front_figure([spot(10, 0.4, "1", True), spot(30, 0.3, "2"), spot(40, 0.9, "3", True)], "tokens")
    steps, beaten, front = drawn.data
    assert steps["line"]["shape"] == "hv" and list(steps["x"])[:2] == [10, 40] and list(steps["y"])[-1] == 0.9
    assert list(beaten["x"]) == [30] and beaten["marker"]["symbol"] == "circle-open"
    assert list(front["x"]) == [10, 40] and front["marker"]["symbol"] == "diamond"
    assert math.isclose(beaten["error_y"]["array"][0], 0.1)
    assert drawn.layout.xaxis.range[0] == 0 and drawn.layout.xaxis.range[1] > 40


def test_spots_that_lie_on_each_other_share_a_label():
    drawn = front_figure(
        [spot(10, 0.5, "1", True), spot(10.1, 0.51, "2", True), spot(90, 0.9, "3", True)], "x"
    )
    assert sorted(one["text"] for one in drawn.layout.annotations) == ["1, 2", "3"]


def test_words_of_a_model_are_no_html():
    drawn = calibration_figure([Spot(0.5, 0.5, 0.4, 0.6, "<b>4", "<img src=x>")])
    assert "<img" not in str(drawn) and "<b>4" not in str(drawn)


def test_nothing_yet():
    for drawn in (front_figure([], "x"), calibration_figure([]), lines_figure([Line("a", ())], "x", "Wait.")):
        assert len(drawn.layout.annotations) == 1 and not drawn.data
    assert len(lines_figure([Line("a", (spot(2, 0.5),))], "draws").data) == 1
