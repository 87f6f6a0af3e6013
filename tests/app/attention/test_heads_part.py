"""The part Heads: what it asks for, for whom, and how it answers nonsense."""

import io
import json
from base64 import b64decode
from functools import cache
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest
from starlette.requests import Request

from app.attention import heads_part
from app.attention.heads_view import empty_html
from app.attention.packed import unpack
from app.attention.parts import Seen
from app.identity import Visitor
from pipelines.attention.requests import CaptureRequest, Subject
from pipelines.core.errors import NotAllowedError

SUBJECT = Subject("llama", "The little dog barked at the cat.", new_tokens=2)
ANN = Visitor("ann", False, "ann")
PLACE = {
    "subject": {"model": "llama", "text": SUBJECT.text, "target": "", "new_tokens": 2},
    "part": "self",
    "layer": 1,
    "head": 2,
}
FUNCTIONS = (
    "attention_head",
    "attention_rows",
    "attention_query_key",
    "attention_arrays",
    "attention_page",
)


class Identified:
    def visitor(self, request) -> Visitor:
        name = request.headers["x-glassworks-visitor"]
        return Visitor(name, False, name)


@cache
def built():
    with gr.Blocks():
        return heads_part.build(SimpleNamespace(identity=Identified()))


@pytest.fixture
def part(monkeypatch, answer):
    """The part, what it asked its worker for whom, and ``call(function, data, who)``."""
    asked = []

    def ask(services, visitor, request):
        asked.append((visitor.id, request))
        if visitor.id == "eve":
            raise NotAllowedError("This model is another visitor's.")
        return answer(request)

    monkeypatch.setattr(heads_part, "ask", ask)
    monkeypatch.setattr(heads_part, "source_of", lambda services, visitor, name: f"of {visitor.id}: {name}")
    monkeypatch.setattr(heads_part, "loadable", lambda services, visitor, code, *names: code)
    made = built()

    def call(function, data, who="ann"):
        headers = [(b"x-glassworks-visitor", who.encode())]
        request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers})
        return json.loads(getattr(made.outputs[0], function)(data, request))

    return made, asked, call


def test_before_anything_was_looked_at_there_is_a_way_on(part):
    made, asked, _ = part
    assert made.show(ANN, None) == (empty_html(),) and not asked and made.examples


def test_what_was_captured_is_shown_without_asking_again(part, answer):
    made, asked, _ = part
    (frame,) = made.show(ANN, Seen(SUBJECT, answer(CaptureRequest(SUBJECT))))
    assert "data-heads" in frame and "of ann: llama" in frame and not asked


def test_a_head_its_rows_and_a_query_are_answered(part):
    _, asked, call = part
    head = call("attention_head", PLACE)
    rows = unpack(call("attention_rows", {**PLACE, "first": 3, "count": 2})["weights"])
    assert np.allclose((unpack(head["weights"])[3:5] / 65535.0) ** 2, rows, atol=2e-5)
    found = call("attention_query_key", {**PLACE, "query": 4})
    assert np.allclose(unpack(found["weights"]), rows[1], atol=1e-5)
    assert {who for who, _ in asked} == {"ann"} and all(one.subject == SUBJECT for _, one in asked)


def test_files_are_made_for_the_one_who_asks(part):
    _, _, call = part
    kept = np.load(io.BytesIO(b64decode(call("attention_arrays", PLACE)["file"])), allow_pickle=False)
    assert kept["weights"].shape == (len(kept["query_ids"]), len(kept["key_ids"]))
    page = call("attention_page", PLACE)["file"]
    assert page.startswith("<!doctype html>") and "layer 1, head 2" in page


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_model_that_is_another_visitors_stays_theirs(part, function):
    _, _, call = part
    told = call(function, {**PLACE, "first": 0, "count": 1, "query": 0}, "eve")
    assert told == {"error": "This model is another visitor's."}


@pytest.mark.parametrize(
    "data",
    [
        None,
        "nonsense",
        [],
        {},
        {"subject": "llama"},
        {"subject": {}},
        {**PLACE, "subject": {**PLACE["subject"], "text": ""}},
        {**PLACE, "subject": {**PLACE["subject"], "text": "x" * 200_000}},
        {**PLACE, "subject": {**PLACE["subject"], "new_tokens": 1e9}},
        {**PLACE, "subject": {**PLACE["subject"], "model": 5}},
        {**PLACE, "part": ["self"]},
        {**PLACE, "part": "cross"},
        {**PLACE, "layer": -1},
        {**PLACE, "layer": 2},
        {**PLACE, "head": 4},
        {**PLACE, "head": True},
        {**PLACE, "head": "0"},
    ],
)
def test_nonsense_from_a_browser_gets_a_sentence(part, data):
    _, _, call = part
    if isinstance(data, dict):
        data = {**data, "first": 0, "count": 1, "query": 0}
    for function in FUNCTIONS:
        assert "accepts" in call(function, data)["error"]


@pytest.mark.parametrize(
    ("function", "data"),
    [
        ("attention_rows", {"first": -1, "count": 1}),
        ("attention_rows", {"first": 0, "count": 10_000}),
        ("attention_rows", {"first": 5_000, "count": 1}),
        ("attention_rows", {}),
        ("attention_query_key", {"query": 5_000}),
        ("attention_query_key", {"query": None}),
        ("attention_query_key", {"query": 0, "key": "all"}),
    ],
)
def test_rows_and_queries_that_are_not_there_get_a_sentence(part, function, data):
    _, _, call = part
    assert "accepts" in call(function, {**PLACE, **data})["error"]


def test_a_fault_of_ours_says_nothing_of_the_inside(part, monkeypatch):
    _, _, call = part

    def broken(*_):
        raise RuntimeError("secret path")

    monkeypatch.setattr(heads_part, "ask", broken)
    assert "secret" not in call("attention_head", PLACE)["error"]
