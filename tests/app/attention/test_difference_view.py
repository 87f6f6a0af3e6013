"""What the page is given of two models side by side."""

import json
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest

from app.attention.difference_view import (
    difference_html,
    error_html,
    packed_change,
    told_measure,
)
from app.attention.packed import unpack
from pipelines.attention.answers import MEASURES, Captured, Difference, Part, Tokens

LAYERS, HEADS, TOKENS = 3, 5, 9


@pytest.fixture
def found() -> Difference:
    rng = np.random.default_rng(0)
    numbers = np.arange(TOKENS, dtype=np.int32)
    texts = tuple(f"<b>{n}" for n in range(TOKENS))
    tokens = Tokens(numbers, texts, numbers < 0, numbers, numbers + 1)
    pictures = rng.integers(0, 256, (2, LAYERS, HEADS, TOKENS, TOKENS)).astype(np.uint8)
    measures = rng.random((2, LAYERS, HEADS, len(MEASURES))).astype(np.float32)
    windows = np.zeros(LAYERS, np.int32)
    parts = [
        Part("self", tokens, tokens, LAYERS, HEADS, HEADS, True, 1, picture, measure, windows)
        for picture, measure in zip(pictures, measures, strict=True)
    ]
    loss = np.append(np.nan, rng.random(TOKENS - 1)).astype(np.float32)
    one, other = (
        Captured("causal-lm", (part,), (), "rope", loss + at, numbers, True, 0.1)
        for at, part in enumerate(parts)
    )
    change = rng.integers(-127, 128, (LAYERS, HEADS, TOKENS, TOKENS)).astype(np.int8)
    distance = (np.arange(LAYERS * HEADS, dtype=np.float32) / 20).reshape(LAYERS, HEADS)
    return Difference(one, other, (change,), (distance,))


def test_pictures_come_with_the_page(found):
    html = difference_html(("house/a", "run/x@5"), found)
    told = json.loads(unescape(re.search(r'data-pictures="([^"]*)"', html)[1]))
    (part,) = told["parts"]
    assert (part["part"], part["layers"], part["heads"]) == ("self", LAYERS, HEADS)
    assert np.array_equal(unpack(part["one"]), found.one.parts[0].thumbnails)
    assert np.array_equal(unpack(part["difference"]), found.change[0])
    assert np.array_equal(unpack(part["distance"]), found.distance[0])
    assert len(told["scale"]) == 7


def test_the_table_begins_with_what_moved_most(found):
    html = difference_html(("house/a", "house/b"), found)
    places = re.findall(r'class="gw-diff-open" data-layer="(\d)" data-head="(\d)"', html)
    assert places[:3] == [("2", "4"), ("2", "3"), ("2", "2")] and len(places) == 12
    assert "most moved in layer 2, head 4: <b>70.0%</b>" in html and "<b>35.0%</b> of a head" in html


def test_losses_of_both_where_both_predict(found):
    html = difference_html(("house/a", "house/b"), found)
    means = [float(np.nanmean(captured.loss)) for captured in (found.one, found.other)]
    assert all(f"{mean:.3f}</b>" in html for mean in means)
    silent = replace(found.other, loss=np.full(TOKENS, np.nan, np.float32))
    assert "Mean loss" not in difference_html(("house/a", "house/b"), replace(found, other=silent))


def test_the_same_model_twice_says_so(found):
    same = replace(found, distance=(np.zeros((LAYERS, HEADS), np.float32),))
    assert "both models attend alike" in difference_html(("house/a", "house/a"), same)


def test_names_and_messages_are_text(found):
    html = difference_html(("path:/<img src=x>", "path:/\"'&"), found)
    assert "<img" not in html and "&lt;img src=x&gt;" in html and "path:/&quot;&#x27;&amp;" in html
    assert error_html("<script>") == '<p class="gw-diff-failed" role="alert">&lt;script&gt;</p>'


def test_large_pictures_are_made_coarser_and_keep_what_is_far_from_zero():
    change = np.zeros((1, 1, 5, 5), np.int8)
    change[0, 0, 0, 0], change[0, 0, 1, 1], change[0, 0, 4, 4] = 90, -100, -3
    assert np.array_equal(unpack(packed_change(change, 10_000)), change)
    noise = np.random.default_rng(1).integers(-127, 128, (4, 4, 64, 64)).astype(np.int8)
    coarse = unpack(packed_change(noise, 30_000))
    assert coarse.shape == (4, 4, 32, 32)
    cells = noise.reshape(4, 4, 32, 2, 32, 2).astype(int)
    assert np.array_equal(np.abs(coarse.astype(int)), np.abs(cells).max((3, 5)))
    small = unpack(packed_change(change, 0))
    assert small.shape == (1, 1, 1, 1) and small.item() == -100


def test_the_share_that_changed_most_is_told():
    before = np.zeros(len(MEASURES), np.float32)
    after = before.copy()
    after[MEASURES.index("distance")], after[MEASURES.index("previous")] = 50, 0.4
    after[MEASURES.index("first")] = np.nan
    assert told_measure(before, after) == MEASURES.index("previous")
    after[MEASURES.index("previous")] = 0.001
    assert told_measure(before, after) == MEASURES.index("entropy")
    assert told_measure(before, np.full(len(MEASURES), np.nan)) is None
