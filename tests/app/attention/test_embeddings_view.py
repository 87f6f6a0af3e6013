"""A table of vectors as HTML: true numbers, windows, nobody's text as markup."""

import html
import json
import re
from dataclasses import replace
from random import Random

import numpy as np
import pytest

from app.attention.embeddings_view import context_html, map_html, neighbours_html
from pipelines.attention.requests import ContextRequest, MapRequest, NeighboursRequest, Subject
from tests.support.inside import HOSTILE, inside, markup

TEXT = "Anna found a red kite by the river."


def near(**changes):
    return replace(inside(None, None, NeighboursRequest("llama", (" red",))), **changes)


def context(first=0, count=64):
    return inside(None, None, ContextRequest(Subject("llama", TEXT), first, count))


def saved(shown):
    return json.loads(html.unescape(re.search(r'data-json="([^"]*)"', shown)[1]))


def test_neighbours_have_their_cosines():
    found = near()
    shown = neighbours_html(found, (" red",), (), "input table")
    told = saved(shown)
    assert [one["id"] for one in told["nearest"]] == found.ids.tolist() and told["plus"] == [" red"]
    assert shown.count('scope="row"') == len(found.ids) and f"{found.norm:.2f} long" in shown


def test_an_analogy_says_what_was_added_and_taken():
    shown = html.unescape(
        re.sub("<[^>]*>", "", neighbours_html(near(), (" red", " dog"), (" cat",), "table"))
    )
    assert "·red + ·dog − ·cat" in shown


@pytest.mark.parametrize(
    "twin, said", [(1.0, "ties its two tables"), (-0.25, "cosine of -0.25"), (float("nan"), "")]
)
def test_the_twin_is_told_where_there_is_one(twin, said):
    shown = neighbours_html(near(twin=twin), (" red",), (), "input table")
    assert said in shown and "nan" not in shown


def test_the_map_says_how_much_it_leaves_out():
    found = inside(None, None, MapRequest("llama", (" red",)))
    shown = map_html(found, "input table")
    assert f"{found.explained.sum():.1%}" in shown and f"{len(found.ids):,} tokens" in shown
    assert sum(one["marked"] for one in saved(shown)["tokens"]) == 1


def test_context_has_a_row_a_token_and_a_column_a_layer():
    found = context()
    shown, (layers, count) = context_html(found), found.cosines.shape
    assert shown.count('scope="row"') == count and shown.count("gw-cosine") == layers * count
    assert "gw-pager" not in shown and f"{found.cosines[0, 0]:.2f}" in shown
    assert np.allclose(saved(shown)["cosines"], found.cosines, atol=1e-6)


def test_a_window_has_the_tokens_that_it_says_and_ways_on():
    found = context(2, 3)
    shown = context_html(found)
    assert "<strong>2</strong> to <strong>4</strong>" in shown and saved(shown)["tokens"] == list(
        found.tokens.texts[2:5]
    )
    turns = re.findall(r'data-first="(\d+)"( disabled)?', shown)
    assert turns == [("0", ""), ("5", "")]
    assert re.findall(r'data-first="(\d+)"( disabled)?', context_html(context(0, 3)))[0] == ("0", " disabled")


@pytest.mark.parametrize("seed", range(4))
def test_nobodys_text_becomes_markup(seed):
    random = Random(seed)
    found = near()
    worst = replace(found, texts=tuple(random.choice(HOSTILE) for _ in found.texts))
    shown = neighbours_html(worst, (HOSTILE[0],), (HOSTILE[1],), "table")
    assert markup(shown) <= markup(neighbours_html(found, (" red",), (), "table"))
    seen = context()
    tokens = replace(seen.tokens, texts=tuple(random.choice(HOSTILE) for _ in seen.tokens.texts))
    bad = replace(seen, tokens=tokens, texts={one: random.choice(HOSTILE) for one in seen.texts})
    assert markup(context_html(bad)) <= markup(context_html(seen))
    mapped = inside(None, None, MapRequest("llama"))
    assert markup(map_html(replace(mapped, texts=(HOSTILE[0],) * len(mapped.texts)), "t")) == {
        "p",
        "div",
    }
