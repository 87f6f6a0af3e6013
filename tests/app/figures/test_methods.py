"""Methods as points: what is drawn where, how they are told apart, and that labels stay text."""

import numpy as np
import pytest

from app.figures.comparison import COLOURS, LETTERS, SYMBOLS
from app.figures.methods import Point, Scale, methods_figure, places

LOSS = Scale("trained numbers", "held-out loss", log_x=True)


def point(letter, x=100.0, y=2.0, label="LoRA"):
    return Point(letter, label, x, y, "trained: 100", "loss: 2")


def test_each_method_is_a_point_with_its_letter_symbol_and_colour():
    figure = methods_figure([point("A", 100, 2.0), point("C", 10_000, 1.0)], LOSS)
    assert [(t.x[0], t.y[0]) for t in figure.data] == [(100, 2.0), (10_000, 1.0)]
    assert [t.marker.symbol for t in figure.data] == [SYMBOLS[0], SYMBOLS[2]]
    assert figure.data[1].marker.color == COLOURS[2]
    letters = figure.layout.annotations
    assert [note.x for note in letters] == [2.0, 4.0], "a logarithmic axis places words by their logarithm"
    assert "<b>A</b>" in letters[0].text and figure.layout.xaxis.type == "log"


def test_all_that_can_be_drawn_stands_within_the_axes():
    points = [point("A", 9, 3.0), point("B", 10_000_000, -1.0)]
    layout = methods_figure(points, LOSS).layout
    assert layout.xaxis.range[0] < np.log10(9) and layout.xaxis.range[1] > 7
    assert layout.yaxis.range[0] < -1 and layout.yaxis.range[1] > 3
    flat = methods_figure([point("A", 5, 2.0), point("B", 10, 2.0)], Scale("seconds", "loss")).layout
    assert flat.yaxis.range[0] < 2 < flat.yaxis.range[1] and flat.xaxis.range[1] > 10


def test_a_logarithmic_axis_leaves_out_nothing_trained():
    assert len(methods_figure([point("A", 0), point("B", 5)], LOSS).data) == 1


def test_the_model_before_tuning_is_a_line_within_the_axes():
    layout = methods_figure([point("A", y=1.0)], Scale("x", "y", before=4.0)).layout
    assert layout.shapes[0].y0 == 4.0 < layout.yaxis.range[1]
    assert any("before tuning" in note.text for note in layout.annotations)


def test_a_label_is_text():
    told = methods_figure([point("A", label="<a href='x'>L</a>")], LOSS).data[0]
    assert "<a" not in told.name + told.hovertemplate and "&lt;a" in told.hovertemplate


def test_an_empty_figure_says_why():
    figure = methods_figure([], Scale("x", "y", before=1.0), "No method is done yet.")
    assert not figure.data and figure.layout.annotations[0].text == "No method is done yet."
    assert not figure.layout.shapes


@pytest.mark.parametrize("count", [2, 4])
def test_letters_of_points_in_one_place_stand_apart(count):
    assert sorted(places([(0.5, 0.5)] * count)) == list(range(count))
    assert places([(0.0, 0.0), (1.0, 0.0), (0.0, 1.0)]) == [0, 0, 0]


def test_there_is_a_look_for_every_letter():
    assert len(LETTERS) == len(COLOURS) == len(set(SYMBOLS)) == 8
