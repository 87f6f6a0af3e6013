"""The comparison's figure: what is drawn, how runs are told apart, and that titles stay text."""

import itertools
import random

import numpy as np
import pytest

from app.figures.comparison import COLOURS, DASHES, LETTERS, Axes, RunLine, comparison_figure, spread

STEPS = Axes("optimiser step", "bits per byte")
# Machado, Oliveira and Fernandes (2009), full severity: what the colours become for other colour visions.
VISIONS = {
    "normal": np.eye(3),
    "protanopia": [[0.152, 1.053, -0.205], [0.115, 0.786, 0.099], [-0.004, -0.048, 1.052]],
    "deuteranopia": [[0.367, 0.861, -0.228], [0.280, 0.673, 0.047], [-0.012, 0.043, 0.969]],
    "tritanopia": [[1.256, -0.077, -0.179], [-0.078, 0.931, 0.148], [0.005, 0.691, 0.304]],
}


def run(letter, y=(2.0, 1.0), x=(0.0, 10.0), title="Tales", mean=None):
    return RunLine(letter, title, np.array(x), np.array(y), None if mean is None else np.array(mean))


def test_each_run_is_drawn_over_its_own_x():
    figure = comparison_figure([run("A"), run("B", x=(0.0, 99.0))], STEPS)
    assert [list(trace.x) for trace in figure.data] == [[0, 10], [0, 99]]
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == (
        "optimiser step",
        "bits per byte",
    )


def test_a_run_keeps_its_look_whoever_stands_beside_it():
    alone = comparison_figure([run("C")], STEPS).data[0]
    among = comparison_figure([run("A"), run("C")], STEPS).data[1]
    assert alone.line == among.line and alone.line.color == COLOURS[2]


def test_runs_differ_by_letter_and_dashes_as_well_as_colour():
    figure = comparison_figure([run(letter) for letter in LETTERS], STEPS)
    assert [trace.line.dash for trace in figure.data] == list(DASHES) and len(set(DASHES)) == 8
    letters = [note.text for note in figure.layout.annotations]
    assert len(letters) == 8 and all(f"<b>{a}</b>" in text for a, text in zip(LETTERS, letters, strict=True))


def test_a_running_mean_is_clear_and_the_readings_pale():
    pale, clear = comparison_figure([run("A", mean=(1.5, 1.5))], STEPS).data
    assert list(pale.y) == [2.0, 1.0] and pale.opacity < 0.5 and not pale.showlegend
    assert list(clear.y) == [1.5, 1.5] and clear.opacity is None


def test_a_logarithmic_axis_leaves_out_what_it_cannot_show():
    figure = comparison_figure([run("A", (4.0, 2.0, -1.0), (0.0, 10.0, 20.0))], Axes("x", "y", True, True))
    assert list(figure.data[0].x) == [10.0]
    assert (figure.layout.xaxis.type, figure.layout.yaxis.type) == ("log", "log")


def test_the_letters_stand_at_the_ends_on_any_scale():
    lines = [run("A", (9.0, 100.0), (1.0, 1000.0)), run("B", (9.0, 10.0), (1.0, 10.0))]
    for axes, ends in ((STEPS, [(1000, 100), (10, 10)]), (Axes("x", "y", True, True), [(3, 2), (1, 1)])):
        notes = comparison_figure(lines, axes).layout.annotations
        assert [(n.x, n.y) for n in notes] == ends


def test_a_title_is_text():
    figure = comparison_figure([run("A", title="<a href='x'>Tales</a>"), run("B")], STEPS)
    assert "<a" not in figure.data[0].name and "&lt;a" in figure.data[0].name


@pytest.mark.parametrize("lines", [[], [run("A", (np.nan, np.inf))]])
def test_an_empty_figure_says_why(lines):
    figure = comparison_figure(lines, STEPS, empty="Choose two runs.")
    assert not figure.data and figure.layout.annotations[0].text == "Choose two runs."


def test_spreading_keeps_order_and_distance_and_moves_no_one_without_need():
    rng = random.Random(5)
    for _ in range(200):
        heights = [rng.choice((rng.uniform(0, 300), 50.0)) for _ in range(rng.randint(1, 6))]
        moved = spread(heights, 16)
        order = sorted(range(len(heights)), key=heights.__getitem__)
        steps = [moved[b] - moved[a] for a, b in itertools.pairwise(order)]
        assert all(step >= 16 - 1e-6 for step in steps)
        assert sum(moved) == pytest.approx(sum(heights))
    assert spread([0.0, 20.0, 90.0], 16) == [0.0, 20.0, 90.0]


@pytest.mark.parametrize("vision", VISIONS)
def test_the_colours_stay_apart_for_every_colour_vision(vision):
    seen = [_lab(np.array(VISIONS[vision]) @ _linear(colour)) for colour in COLOURS]
    assert min(np.linalg.norm(a - b) for a, b in itertools.combinations(seen, 2)) > 15


@pytest.mark.parametrize("surface", ["#ffffff", "#141c22"])
def test_the_colours_stand_out_in_light_and_dark(surface):
    assert min(_contrast(colour, surface) for colour in COLOURS) > 2.4


def _linear(colour):
    c = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def _luminance(colour):
    return float(_linear(colour) @ np.array([0.2126, 0.7152, 0.0722]))


def _contrast(one, other):
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _lab(rgb):
    """CIE L*a*b* under D65."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
