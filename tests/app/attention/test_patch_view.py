"""Patching as a map, its messages, and the prompts that stand there from the start."""

import html
import json
import re
from dataclasses import replace
from random import Random
from types import SimpleNamespace

import pytest

from app.attention import patch_part
from app.attention.patch_part import CLEAN, CORRUPTED, patched
from app.attention.patch_view import patched_html
from app.identity import Visitor
from pipelines.attention.requests import PatchRequest
from tests.support.inside import HOSTILE, inside, markup

ANN = Visitor("ann", False, "ann")
SERVICES = SimpleNamespace(identity=SimpleNamespace(visitor=lambda request: request))
ONE, OTHER = "The little dog barked at the cat.", "The little cat barked at the cat."


@pytest.fixture
def found():
    return inside(None, None, PatchRequest("llama", ONE, OTHER, " river", " red"))


def patch(
    monkeypatch, model="llama", clean=ONE, corrupted=OTHER, answer=" river", other=" red", what="residual"
):
    monkeypatch.setattr(patch_part, "ask", inside)
    return patched(SERVICES, ANN, model, clean, corrupted, answer, other, what)


def test_the_map_has_a_cell_for_each_layer_and_token(found):
    shown = patched_html(found)
    layers, places = found.recovered.shape
    assert shown.count("<td ") == layers * places and shown.count('scope="row"') == layers
    assert shown.count('class="gw-differs"') == 1 and "·dog" in shown and "·cat" in shown
    told = json.loads(html.unescape(re.search(r'data-json="([^"]*)"', shown)[1]))
    assert told["recovered"] == found.recovered.tolist() and told["answer"] == " river"
    assert f"{found.clean_difference:+.2f}" in shown


def test_colours_go_both_ways_and_stay_in_their_scale(found):
    recovered = found.recovered.copy()
    recovered[0, :4] = [1.7, -0.5, 0.25, -0.001]
    shown = patched_html(replace(found, recovered=recovered))
    cells = re.findall(r'<td class="gw-patch-(\w+)" style="--share:([\d.]+)">([^<]*)<', shown)
    assert cells[:4] == [
        ("after", "1.000", "1.70"),
        ("before", "0.500", "−0.50"),
        ("after", "0.250", "0.25"),
        ("before", "0.001", "0.00"),
    ]


@pytest.mark.parametrize("seed", range(4))
def test_nobodys_text_becomes_markup(found, seed):
    random = Random(seed)
    clean, corrupted = (tuple(random.choice(HOSTILE) for _ in found.clean) for _ in range(2))
    worst = replace(found, clean=clean, corrupted=corrupted, answer=HOSTILE[0], other=HOSTILE[1])
    assert markup(patched_html(worst)) <= markup(patched_html(found)) | {"span"}


def test_the_prompts_from_the_start_differ_in_one_word():
    one, other = CLEAN.split(), CORRUPTED.split()
    assert len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def test_a_map_is_shown(monkeypatch):
    for what in ("residual", "attention", "mlp"):
        assert "gw-patch-map" in patch(monkeypatch, what=what)


@pytest.mark.parametrize(
    "values, message",
    [
        ({"model": ""}, "Look at a text first"),
        ({"clean": ""}, "at least one character"),
        ({"what": "soul"}, "what accepts"),
        ({"answer": "several tokens here"}, "text that is one token"),
        ({"answer": " river", "other": " river"}, "another token than the answer"),
        ({"clean": ONE, "corrupted": ONE}, "do not differ"),
        ({"model": "bert"}, "bert"),
        ({"clean": "Anna " * 35, "corrupted": "Anna " * 35}, "at most 64 tokens"),
    ],
)
def test_bad_input_gets_its_message_in_place(monkeypatch, values, message):
    shown = patch(monkeypatch, **values)
    assert message in html.unescape(shown) and 'data-state="failed"' in shown


def test_prompts_of_unlike_length_are_told_both_counts(monkeypatch):
    shown = html.unescape(patch(monkeypatch, clean="Anna found a kite.", corrupted="Anna found a red kite."))
    counts = [int(number) for number in re.findall(r"(\d+)(?: tokens|:)", shown)]
    assert counts == [5, 6]
