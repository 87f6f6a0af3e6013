"""A logit lens as the page and files get it: which token stands where, and what is compared with what."""

import json

import numpy as np
import pytest

from app.attention.lens_data import actual_places, lens_data
from app.attention.lens_view import WINDOW, lens_frame, lens_html, window_start
from app.attention.packed import unpack
from pipelines.attention.requests import LensRequest
from tests.support.inside import captured, inside


def looked(family, text="Anna found a red kite by the river.", first=0, top_k=3, **more):
    subject, found = captured(family, text, **more)
    return subject, found, inside(None, None, LensRequest(subject, first, WINDOW, top_k))


@pytest.mark.parametrize("family", ["gpt2", "bert", "t5"])
def test_the_frame_holds_the_arrays_and_the_words_of_every_id(family):
    subject, found, lens = looked(family)
    frame = json.loads(json.dumps(lens_frame(subject, found, lens)))
    for name in ("ids", "probabilities", "ranks", "kl", "entropy"):
        assert np.array_equal(unpack(frame[name]), getattr(lens, name))
    assert {str(one) for one in np.unique(lens.ids)} <= set(frame["texts"])
    assert len(frame["layers"]) == len(lens.ranks)
    assert frame["layers"][:2] == ["embedding", "layer 0"], "layers are counted as in the other parts"


def test_a_causal_column_is_held_against_the_next_token():
    subject, found, lens = looked("gpt2", first=2)
    frame, tokens = lens_frame(subject, found, lens), found.parts[0].queries
    assert [one and one["id"] for one in frame["actual"]] == [*tokens.ids[3:].tolist(), None]
    assert frame["first"] == 2 and len(frame["read"]) == len(tokens.ids) - 2


def test_a_masked_column_is_held_against_its_own_token():
    subject, found, lens = looked("bert")
    assert actual_places(found, lens) == list(range(len(found.parts[0].queries.ids)))
    assert lens_frame(subject, found, lens)["masked"]


def test_of_two_stacks_the_decoder_is_read():
    subject, found, lens = looked("t5", target="The dog")
    decoder = next(part.queries for part in found.parts if part.name == "decoder")
    assert lens_frame(subject, found, lens)["total"] == len(decoder.ids) == lens.ranks.shape[1]


def test_the_file_tells_each_cell_and_the_last_row_is_the_answer():
    subject, found, lens = looked("gpt2")
    data = json.loads(json.dumps(lens_data(subject, found, lens), allow_nan=False))
    assert len(data["positions"]) == lens.ranks.shape[1]
    for place in data["positions"]:
        assert len(place["by_layer"]) == len(data["layers"])
        last = place["by_layer"][-1]
        assert last["rank"] == 1 and last["kl"] == pytest.approx(0, abs=1e-3)
    cell = data["positions"][3]["by_layer"][1]
    assert [one["id"] for one in cell["top"]] == lens.ids[1, 3].tolist()
    assert cell["rank"] == lens.ranks[1, 3] + 1


@pytest.mark.parametrize("text", ["<img src=x onerror=alert(1)>", '"><b>'])
def test_tokens_are_never_markup(text):
    html = lens_html(*looked("gpt2", text), "")
    assert "<img" not in html and "<b>" not in html and 'onerror=alert(1)">' not in html


@pytest.mark.parametrize(
    ("asked", "total", "start"),
    [(0, 10, 0), (9, 10, 9), (10, 10, 0), (64, 65, 64), (500, 300, 256), (-1, 10, 0)],
)
def test_a_window_begins_within_the_text(asked, total, start):
    assert window_start(asked, total) == start


@pytest.mark.parametrize("asked", [None, "7", True, float("nan"), float("inf")])
def test_what_is_no_position_is_the_beginning(asked):
    assert window_start(asked, 10) == 0
