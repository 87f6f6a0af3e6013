"""The part *Embeddings* as the tab calls it: defaults, what is asked, and what is said of bad input."""

import html
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from app.attention import embeddings_part
from app.attention.embeddings_part import last_named, marked, named
from app.attention.parts import Seen
from app.identity import Visitor
from pipelines.attention.answers import Tokens
from pipelines.attention.requests import ContextRequest, MapRequest, NeighboursRequest
from pipelines.core.errors import SpecError
from tests.support.answering import noted
from tests.support.inside import captured, inside

ANN = Visitor("ann", False, "ann")
TEXT = "Anna found a red kite."


@pytest.fixture
def asked(monkeypatch):
    noting, found = noted(inside)
    monkeypatch.setattr(embeddings_part, "ask", noting)
    return found


@pytest.fixture
def part():
    with gr.Blocks():
        yield embeddings_part.build(SimpleNamespace())


def show(part, family="llama", which="neighbours", plus="", minus="", output=False, turned=None, text=TEXT):
    return part.show(ANN, Seen(*captured(family, text)), which, plus, minus, output, turned)


def tokens(*texts, special=()):
    nothing = np.zeros(len(texts), np.int32)
    return Tokens(nothing, texts, np.array([text in special for text in texts]), nothing, nothing)


def visible(update):
    return update.visible if hasattr(update, "visible") else update.get("visible")


def test_nothing_was_looked_at(part, asked):
    shown = part.show(ANN, None, "neighbours", "", "", False, None)
    assert "Look at a text first" in shown[0] and not visible(shown[1]) and not asked


def test_without_typing_the_last_word_of_the_text_has_its_neighbours(part, asked):
    shown = show(part)
    assert "gw-near-table" in shown[0] and not visible(shown[1]) and visible(shown[2])
    assert asked == [NeighboursRequest("llama", (asked[0].plus[0],))] and any(
        map(str.isalpha, asked[0].plus[0])
    )


def test_an_analogy_is_asked_for(part, asked):
    show(part, plus=" red| dog", minus=" cat", output=True)
    assert asked == [NeighboursRequest("llama", (" red", " dog"), (" cat",), True)]


def test_the_map_marks_the_texts_tokens_and_needs_no_fields(part, asked):
    shown = show(part, which="map")
    assert visible(shown[1]) and not visible(shown[2]) and isinstance(asked[0], MapRequest)
    assert "Anna" in asked[0].words[0] and "principal" in shown[0]


def test_in_context_a_window_is_turned_to_in_its_own_text_alone(part, asked):
    subject, _ = captured("llama", TEXT)
    show(part, which="context", turned=(subject, 3))
    show(part, which="context", turned=("another", 3))
    assert asked == [ContextRequest(subject, 3, 64), ContextRequest(subject, 0, 64)]


@pytest.mark.parametrize("family, more", [("bert", {}), ("t5", {}), ("encoder", {})])
@pytest.mark.parametrize("which", ["neighbours", "map", "context"])
def test_every_kind_of_model_has_all_three(part, asked, family, more, which):
    assert 'data-state="failed"' not in show(part, family, which)[0]


@pytest.mark.parametrize(
    "values, message",
    [
        ({"plus": "red kites everywhere"}, "cuts this into"),
        ({"plus": "barked"}, "with a space before it, ' barked' is one"),
        ({"plus": " red", "minus": " red"}, "cancel each other out"),
        ({"plus": "|".join([" red"] * 9)}, "plus accepts"),
        ({"plus": "x" * 300}, "1 to 200 characters"),
        ({"family": "encoder", "output": True}, "no output vectors"),
        ({"which": "context", "turned": "far"}, "first accepts"),
    ],
)
def test_bad_input_gets_its_message_in_place(part, asked, values, message):
    if values.get("turned"):
        values = {**values, "turned": (captured("llama", TEXT)[0], 999)}
    shown = show(part, **values)
    assert message in html.unescape(shown[0]) and 'data-state="failed"' in shown[0] and not visible(shown[1])


@pytest.mark.parametrize(
    "text, found",
    [
        ("", ()),
        (None, ()),
        (7, ()),
        (" dog", (" dog",)),
        ("king | woman", ("king", " woman")),
        (" king| woman ", (" king", " woman")),
        ("|", ("|",)),
        ("a||b", ("a", "b")),
        (" ", (" ",)),
    ],
)
def test_a_field_names_tokens(text, found):
    assert named(text) == found


def test_what_no_text_names_is_not_asked_about():
    some = tokens("<s>", "a", "\ufffd", ".", "b", "a", special=("<s>",))
    assert marked(some) == ("a", ".", "b") and last_named(some) == ["a", "b", "."]


def test_a_text_of_nothing_that_has_a_name_is_told_so(part, monkeypatch):
    subject, _ = captured("llama", TEXT)
    bare = SimpleNamespace(parts=[SimpleNamespace(queries=tokens("\ufffd"))])
    shown = part.show(ANN, Seen(subject, bare), "neighbours", "", "", False, None)
    assert "name one" in shown[0]


@pytest.mark.parametrize("value", [None, "2", -1, 2.5, True, 1 << 30])
def test_a_turn_that_is_none_changes_nothing(value):
    assert embeddings_part._turned(SimpleNamespace(value=value), "subject") == gr.skip()


def test_a_turn_belongs_to_what_is_on_the_page():
    assert embeddings_part._turned(SimpleNamespace(value=64), "subject") == ("subject", 64)
    assert embeddings_part._turned(SimpleNamespace(value=64), None) == gr.skip()


def test_a_token_that_no_text_names_costs_the_map_its_own_mark_alone(part, monkeypatch):
    def ask(services, visitor, request):
        if "." in request.words:
            raise SpecError("words", ".", "one token")
        return inside(services, visitor, request)

    monkeypatch.setattr(embeddings_part, "ask", ask)
    shown = show(part, which="map")
    assert "principal" in shown[0] and " 0 of them" not in shown[0]
