"""The tree's HTML: nested as the models are, every text escaped."""

from html.parser import HTMLParser

import pytest

from app.figures.family_tree import Card, family_tree_html

VOID = {"br"}


class Nested(HTMLParser):
    """Which card stands in which, and whether every element that opens also closes."""

    def __init__(self, html):
        super().__init__()
        self.open, self.depths = [], {}
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        assert tag not in ("img", "script")
        self.open.append(tag)
        name = dict(attributes).get("data-model")
        if name is not None:
            self.depths[name] = self.open.count("li") - 1

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def shape(depths):
    nested = Nested(family_tree_html([Card(f"m{i}", f"M{i}", depth) for i, depth in enumerate(depths)]))
    assert nested.open == []
    return [nested.depths[f"m{i}"] for i in range(len(depths))]


@pytest.mark.parametrize(
    "depths", [[0], [0, 0], [0, 1, 2, 3], [0, 1, 1, 0], [0, 1, 2, 0, 1], [0, 1, 2, 1, 2, 2, 0]]
)
def test_the_list_is_nested_as_the_models_are(depths):
    assert shape(depths) == depths


def test_text_is_text():
    hostile = '"><img src=x onerror=alert(1)>'
    html = family_tree_html([Card(hostile, hostile, 0, hostile, ((hostile, hostile),), hostile)])
    assert "<img" not in html
    assert list(Nested(html).depths) == [hostile]


def test_one_that_is_not_here_opens_nothing():
    html = family_tree_html([Card("gone", "gone", 0, note="not here", here=False), Card("a", "A", 1)])
    assert Nested(html).depths == {"a": 1} and "not here" in html


def test_no_models_leave_a_word():
    assert "first one that you train" in family_tree_html([])
