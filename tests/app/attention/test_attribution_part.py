"""The part *Attribution* as the tab calls it: what is asked when, and what is said instead."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.attention import attribution_part
from app.attention.parts import Seen
from app.identity import Visitor
from pipelines.attention.requests import AttributeRequest
from tests.support.answering import noted
from tests.support.inside import captured, inside

ANN = Visitor("ann", False, "ann")
TEXT = "Anna found a red kite."


@pytest.fixture
def asked(monkeypatch):
    noting, found = noted(inside)
    monkeypatch.setattr(attribution_part, "ask", noting)
    return found


@pytest.fixture
def part():
    with gr.Blocks():
        yield attribution_part.build(SimpleNamespace())


def test_nothing_was_looked_at(part, asked):
    html, looked = part.show(ANN, None, None, None)
    assert "Look at a text first" in html and looked is None and not asked


def test_the_last_prediction_is_explained_until_another_is_pressed(part, asked):
    seen = Seen(*captured("llama", TEXT))
    html, looked = part.show(ANN, seen, None, None)
    assert looked == (seen.subject, -1) and "gw-why-table" in html
    _, looked = part.show(ANN, seen, looked, (seen.subject, 2))
    assert looked == (seen.subject, 2)
    assert asked == [AttributeRequest(seen.subject, -1), AttributeRequest(seen.subject, 2)]


def test_what_is_there_already_is_not_computed_again(part, asked):
    seen = Seen(*captured("llama", TEXT))
    assert part.show(ANN, seen, (seen.subject, 2), (seen.subject, 2)) == (gr.skip(), gr.skip()) and not asked


def test_a_place_in_another_text_is_forgotten(part, asked):
    seen, other = Seen(*captured("llama", TEXT)), captured("llama", "The dog.")[0]
    part.show(ANN, seen, (other, 2), (other, 2))
    assert asked == [AttributeRequest(seen.subject, -1)]


def test_of_a_long_text_the_last_that_can_be_explained_is(part):
    subject, seen = captured("llama", TEXT)
    queries = SimpleNamespace(ids=range(300))
    long = SimpleNamespace(kind="causal-lm", parts=[SimpleNamespace(queries=queries)])
    assert attribution_part._position(Seen(subject, long), None) == 255
    assert attribution_part._position(Seen(subject, seen), (subject, 10**6)) == -1


@pytest.mark.parametrize(
    "family, text, message",
    [
        ("bloom", TEXT, "no token can be hidden"),
        ("encoder", TEXT, "encoder"),
        ("bert", TEXT, "[MASK]"),
    ],
)
def test_what_cannot_be_explained_is_said_in_place(part, asked, family, text, message):
    html, looked = part.show(ANN, Seen(*captured(family, text)), None, None)
    assert message in html and 'data-state="failed"' in html and looked is None


@pytest.mark.parametrize("value", [None, "2", -1, 2.5, True, 1 << 30, [], float("nan")])
def test_a_press_that_is_none_changes_nothing(value):
    event = SimpleNamespace(value=value)
    assert attribution_part._pressed(event, ("subject", -1)) == gr.skip()


def test_a_press_belongs_to_what_is_on_the_page():
    assert attribution_part._pressed(SimpleNamespace(value=3), ("subject", -1)) == ("subject", 3)
    assert attribution_part._pressed(SimpleNamespace(value=3), None) == gr.skip()
