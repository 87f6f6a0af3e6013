"""The aligned view: what the browser is told is true and complete, and nobody's text becomes markup."""

import html
import json
import re

import gradio as gr
import pytest
from starlette.requests import Request

from app.identity import Visitor
from app.tokenizer import compare_part
from app.tokenizer.compare_part import window_request
from app.tokenizer.compare_view import EXAMPLES, empty_html, error_json, lanes_html, window_json
from app.tokenizer.held import HeldText
from app.tokenizer.parts import Text
from pipelines.core.errors import SpecError
from pipelines.tokenization.comparison import compare
from pipelines.tokenization.encode import encode
from pipelines.tokenization.lines import line_starts
from pipelines.tokenization.window import make_window
from tests.support.small_tokenizers import MAKERS, loaded

HOSTILE = "<img src=x onerror=alert(1)> </script> \"'&"
TEXT = f"The café {HOSTILE}\n👩‍🚀 </s> مرحبا 2026"


def compared(*kinds: str, text: str = TEXT, special: bool = False):
    several = [loaded(kind) for kind in kinds]
    encodings = [encode(one, text, add_special_tokens=special) for one in several]
    return compare(several, encodings, [0.01] * len(kinds)), encodings


def told(frame: str) -> dict:
    return json.loads(html.unescape(re.search(r'data-lanes="([^"]*)"', frame)[1]))


def test_the_frame_tells_the_script_what_it_needs():
    comparison, _ = compared("bpe", "wordpiece", special=True)
    frame = lanes_html(comparison, "ab" * 16, TEXT)
    data = told(frame)
    assert data["handle"] == "ab" * 16 and data["characters"] == len(TEXT)
    assert [lane["letter"] for lane in data["lanes"]] == ["A", "B"]
    assert data["lanes"][1]["before"] == ["<s>"] and data["lanes"][1]["after"] == ["</s>"]
    assert f"<b>{comparison.differing:,}</b>" in frame and "gw-lanes-place" in frame


def test_names_and_tokens_are_never_html(monkeypatch):
    comparison, _ = compared("wordpiece", special=True)
    one = comparison.tokenizers[0]
    evil = type(one)(HOSTILE, HOSTILE, 9, one.measures, 0.1, (HOSTILE,), (HOSTILE,))
    frame = lanes_html(type(comparison)((evil,), 3, 0), "x", TEXT)
    assert "<img" not in frame and "</script" not in frame
    assert told(frame)["lanes"][0]["name"] == told(frame)["lanes"][0]["before"][0] == HOSTILE


@pytest.mark.parametrize(
    ("kinds", "text", "said"),
    [
        (("bpe",), TEXT, "Add a second tokenizer"),
        (("bpe", "bpe"), TEXT, "All cut at the same"),
        (("bpe", "wordpiece"), "a", "None of them cuts"),
        (("bpe", "wordpiece"), TEXT, "where one cuts, another does not"),
    ],
)
def test_a_sentence_says_how_far_they_agree(kinds, text, said):
    comparison, _ = compared(*kinds, text=text)
    assert said in lanes_html(comparison, "x", text)


def test_a_window_reaches_the_browser_whole():
    _, encodings = compared(*MAKERS, special=True)
    window = make_window(encodings, line_starts(TEXT, 12), 0, 99)
    data = json.loads(window_json(window))
    assert "".join(data["texts"]) == TEXT and data["total"] == len(data["texts"])
    assert data["starts"] == [*line_starts(TEXT, 12).tolist(), len(TEXT)]
    for encoded, lane in zip(encodings, data["lanes"], strict=True):
        assert lane["ids"] == encoded.ids.tolist() and lane["tokens"] == list(encoded.tokens)
        assert [bytes.fromhex(raw) for raw in lane["raw"]] == list(encoded.raw)
        assert {row for line in lane["rows"] for row in line} == set(range(len(encoded)))
    assert json.loads(error_json(HOSTILE)) == {"error": HOSTILE}


def test_the_examples_are_hard_in_three_ways():
    texts = [text for _, text in EXAMPLES]
    assert any(char.isdigit() for char in texts[0])
    assert "\u200d" in texts[1] and "\u0301" in texts[1] and "م" in texts[1]
    assert "\n    " in texts[2]
    offered = [html.unescape(text) for text in re.findall(r'data-text="([^"]*)"', empty_html())]
    assert offered == texts


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"width": 80},
        {"width": 7, "first": 0, "lines": 1},
        {"width": 80, "first": -1, "lines": 1},
    ],
)
def test_nonsense_from_a_browser_is_refused(data):
    with pytest.raises(SpecError):
        window_request(HeldText("ann", TEXT, ("bpe",), False), data)


class Inline:
    """Services whose worker is a function: the pipeline itself on small tokenizers."""

    def visitor(self, request) -> Visitor:
        name = request.headers["x-glassworks-visitor"]
        return Visitor(name, False, name)

    @property
    def identity(self):
        return self


@pytest.fixture
def part(monkeypatch):
    """The part, what it asked its worker, and ``call(function, data, who)`` for its server functions."""
    asked = []

    def ask(services, visitor, request):
        asked.append((visitor.id, request))
        several = [loaded(kind) for kind in request.tokenizers]
        encodings = [
            encode(one, request.text, add_special_tokens=request.add_special_tokens) for one in several
        ]
        if hasattr(request, "width"):
            starts = line_starts(request.text, request.width)
            return make_window(encodings, starts, request.first, request.lines)
        return compare(several, encodings, [0.1] * len(several))

    monkeypatch.setattr(compare_part, "ask", ask)
    with gr.Blocks():
        made = compare_part.build(Inline())

    def call(function: str, data, who: str = "ann") -> dict:
        headers = [(b"x-glassworks-visitor", who.encode())]
        request = Request({"type": "http", "method": "POST", "path": "/", "headers": headers})
        return json.loads(getattr(made.outputs[0], function)(data, request))

    return made, asked, call


ANN = Visitor("ann", False, "ann")


def test_a_text_is_shown_a_window_at_a_time(part):
    made, asked, call = part
    (frame,) = made.show(ANN, Text(TEXT, ("bpe", "unigram"), "bpe", False))
    handle = told(frame)["handle"]
    window = call("lanes_window", {"handle": handle, "width": 20, "first": 1, "lines": 2})
    assert window["first"] == 1 and len(window["lanes"]) == 2
    assert TEXT.startswith(TEXT[: window["starts"][0]] + window["texts"][0])
    assert asked[-1][0] == "ann" and asked[-1][1].text == TEXT


def test_another_visitors_text_stays_theirs(part):
    made, asked, call = part
    (frame,) = made.show(ANN, Text(TEXT, ("bpe",), "bpe", False))
    data = {"handle": told(frame)["handle"], "width": 20, "first": 0, "lines": 2}
    before = len(asked)
    for function in ("lanes_window", "lanes_all"):
        assert "no longer keeps" in call(function, data, "eve")["error"]
        assert "no longer keeps" in call(function, "nonsense")["error"]
    assert len(asked) == before
    assert "width accepts" in call("lanes_window", {**data, "width": 1e9})["error"]


def test_all_tokens_are_saved_under_the_visitors_own_rights(part, monkeypatch):
    made, _, call = part
    (frame,) = made.show(ANN, Text(TEXT, ("bpe",), "bpe", True))
    seen = []
    monkeypatch.setattr(compare_part, "tokenized", lambda _, *rest: seen.append(rest) or {"tokenizers": [1]})
    saved = call("lanes_all", {"handle": told(frame)["handle"]})
    assert saved == {"text": TEXT, "tokenizers": [1]} and seen == [(ANN, TEXT, ("bpe",), True)]


def test_without_a_text_or_a_tokenizer_there_is_a_way_on(part):
    made, asked, _ = part
    assert made.show(ANN, Text("", ("bpe",), "bpe", False)) == (empty_html(),)
    assert "No tokenizer chosen" in made.show(ANN, Text("a", (), "", False))[0]
    assert not asked
