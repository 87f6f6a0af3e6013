import json
import subprocess
import sys

import plotly.graph_objects as go
import pytest

from app.figures import curves
from app.figures.series import Series
from app.figures.style import AFTER, BEFORE

SOME = Series((1, 2, 3), (3.0, 2.0, 1.5))
SMALL = (curves.rate_figure, curves.gradient_figure, curves.bits_figure, curves.perplexity_figure)


def all_figures(series, total):
    return [curves.loss_figure(series, series, series, total), *(make(series, total) for make in SMALL)]


@pytest.mark.parametrize("series", [SOME, Series()])
@pytest.mark.parametrize("total", [0, 300])
def test_plotly_accepts_every_attribute(series, total):
    for figure in all_figures(series, total):
        go.Figure(json.loads(figure.to_json()))  # validates; the figures themselves are built without


def test_heights_are_fixed_and_zoom_is_kept():
    loss, *small = all_figures(SOME, 300)
    assert loss.layout.height == curves.LOSS_HEIGHT
    assert {figure.layout.height for figure in small} == {curves.SMALL_HEIGHT}
    assert {figure.layout.uirevision for figure in (loss, *small)} == {"keep"}


def test_training_is_slate_blue_and_validation_amber():
    raw, smooth, validation = curves.loss_figure(SOME, SOME, SOME).data
    assert (raw.line.color, smooth.line.color, validation.line.color) == (BEFORE, BEFORE, AFTER)


MAKERS = (
    lambda second: curves.loss_figure(SOME, SOME, SOME, 300, second),
    lambda second: curves.bits_figure(SOME, 300, second),
    lambda second: curves.perplexity_figure(SOME, 300, second),
)


@pytest.mark.parametrize("make", MAKERS)
def test_the_second_corpus_is_a_line_of_its_own_with_a_name(make):
    figure = make(curves.Second(SOME, "old text (second corpus)"))
    go.Figure(json.loads(figure.to_json()))
    *_, first, second = figure.data
    assert (first.name, first.line.color) == ("validation", AFTER)
    assert second.name.endswith("old text (second corpus)") and second.line.dash == "dash"
    assert second.line.color not in (BEFORE, AFTER) and second.marker.symbol != first.marker.symbol
    assert figure.layout.showlegend


@pytest.mark.parametrize("make", MAKERS)
def test_without_a_second_corpus_there_is_no_line_for_it(make):
    assert not any("second" in trace.name for trace in make(curves.Second(Series())).data)


def test_the_axis_shows_the_whole_run_from_the_start():
    assert list(curves.loss_figure(SOME, SOME, SOME, 300).layout.xaxis.range) == [0, 300]


def test_axes_carry_units():
    figure = curves.loss_figure(SOME, SOME, SOME)
    assert figure.layout.yaxis.title.text == "loss (nats a token)"
    assert figure.layout.xaxis.title.text == "optimiser step"


def test_an_empty_curve_says_so():
    assert "first step" in curves.loss_figure(Series(), Series(), Series()).layout.annotations[0].text
    assert not curves.loss_figure(SOME, SOME, Series()).layout.annotations


def test_importing_the_figures_does_not_import_plotly():
    code = "import sys, app.figures.curves; sys.exit('plotly' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_parts_of_a_loss_and_the_way_to_a_teacher():
    figure = curves.loss_figure(
        SOME, SOME, SOME, 3, parts=(("from the teacher", SOME), ("of the rows", SOME))
    )
    dashes = {trace["name"]: trace["line"].get("dash") for trace in json.loads(figure.to_json())["data"]}
    assert dashes["from the teacher"] != dashes["of the rows"] is not None
    for made in (figure, curves.kl_figure(SOME, 3), curves.kl_figure(Series())):
        go.Figure(json.loads(made.to_json()))
