"""The map of a table of vectors."""

import numpy as np
import pytest

from app.figures.token_map import placed, token_map
from pipelines.attention.answers import TokenMap
from tests.support.inside import HOSTILE


def a_map(texts, marked=()):
    places = np.array([[at, at % 3] for at in range(len(texts))], np.float32).reshape(-1, 2)
    flags = np.array([at in marked for at in range(len(texts))], bool)
    return TokenMap(np.arange(len(texts), dtype=np.int32), tuple(texts), places, flags, np.array([0.5, 0.25]))


def test_marked_tokens_are_named_points_of_another_form():
    others, marked = token_map(a_map([" a", " dog", " c", " d"], {1, 3})).data
    assert list(marked.text) == ["·dog", "·d"] and others.text is None
    assert list(others.hovertext) == ["·a", "·c"] and list(marked.x) == [1.0, 3.0]
    assert marked.marker.symbol == "diamond" and marked.marker.color != others.marker.color


def test_axes_say_how_much_they_hold():
    made = token_map(a_map([" a", " b"]))
    assert "50.0%" in made.layout.xaxis.title.text and "25.0%" in made.layout.yaxis.title.text


@pytest.mark.parametrize("texts", [[], [" a"], [" a", " a"]])
def test_few_points_break_nothing(texts):
    made = token_map(a_map(texts, set(range(len(texts)))))
    assert len(made.data) == 2


def test_no_text_is_markup_to_plotly():
    for trace in token_map(a_map(HOSTILE, {0, 1, 2})).data:
        for text in (*(trace.text or ()), *(trace.hovertext or ())):
            assert not set("<>&") & set(text) and "\x00" not in text


def test_names_lie_on_no_other_name():
    close = np.array([[100.0 + at, 100.0] for at in range(30)])
    places = placed(close, ["a long name"] * 30)
    assert places[0] and places.count("") >= 20 and len(places) == 30
    apart = np.array([[at * 200.0, 0.0] for at in range(5)])
    assert all(placed(apart, ["name"] * 5))
