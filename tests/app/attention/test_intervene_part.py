"""The part *Intervene* as the tab calls it: what stays, what is asked, and every message of bad input."""

import json
from types import SimpleNamespace

import gradio as gr
import pytest

from app.attention import intervene_part, patch_part
from app.attention.intervene_part import asked_for, compared, interventions_of
from app.attention.parts import Seen
from app.identity import Visitor
from pipelines.attention.interventions import Intervention
from pipelines.attention.requests import InterveneRequest, Subject
from pipelines.core.errors import NotAllowedError, SpecError
from tests.support.inside import captured, inside

TEXT = "Anna found a red kite."
ANN = Visitor("ann", False, "ann")
SUBJECT = {"model": "llama", "text": TEXT, "target": "", "new_tokens": 0}
HEAD = {"kind": "head", "part": "self", "layer": 0, "head": 1, "query": -1, "key": 0}
SERVICES = SimpleNamespace(identity=SimpleNamespace(visitor=lambda request: request))


@pytest.fixture
def asked(monkeypatch):
    found = []

    def ask(services, visitor, request):
        found.append(request)
        if visitor.id == "eve":
            raise NotAllowedError("This model is another visitor's.")
        return inside(services, visitor, request)

    monkeypatch.setattr(intervene_part, "ask", ask)
    monkeypatch.setattr(patch_part, "ask", ask)
    monkeypatch.setattr(intervene_part, "source_of", lambda *_: "somewhere")
    monkeypatch.setattr(intervene_part, "loadable", lambda services, visitor, code, *names: code)
    return found


@pytest.fixture
def part():
    with gr.Blocks():
        yield intervene_part.build(SERVICES)


def sent(*changes, **subject):
    return json.dumps({"subject": {**SUBJECT, **subject}, "interventions": changes})


def compare(given, tokens=0, temperature=0, seed=0, who=ANN):
    return compared(SERVICES, who, given, tokens, temperature, seed)


def visible(update):
    return update.visible if hasattr(update, "visible") else update.get("visible")


def test_nothing_was_looked_at(part, asked):
    shown = part.show(ANN, None, None)
    assert len(shown) == len(part.outputs) and "Look at a text first" in shown[0]
    assert not visible(shown[1]) and shown[3] is None and not asked


def test_a_board_is_drawn_once_for_a_subject_and_what_was_chosen_stays(part):
    seen = Seen(*captured("llama", TEXT))
    shown = part.show(ANN, seen, None)
    assert len(shown) == len(part.outputs) and "gw-board" in shown[0] and shown[3] == seen.subject
    again = part.show(ANN, seen, seen.subject)
    assert len(again) == len(part.outputs) and all(one == gr.skip() for one in again)
    other = part.show(ANN, Seen(*captured("llama", TEXT + " And more.")), seen.subject)
    assert "gw-board" in other[0]


@pytest.mark.parametrize(
    "family, writes, patches", [("gpt2", True, True), ("bert", False, False), ("t5", True, False)]
)
def test_what_a_kind_of_model_can_do_is_what_is_offered(part, family, writes, patches):
    shown = part.show(ANN, Seen(*captured(family, TEXT)), None)
    assert visible(shown[1]) and visible(shown[2]) is writes and visible(shown[-2]) is patches


def test_a_model_that_predicts_nothing_says_so(part):
    shown = part.show(ANN, Seen(*captured("encoder", TEXT)), None)
    assert "predicts no tokens" in shown[0] and not visible(shown[1])


def test_a_comparison_is_asked_for_as_it_was_sent(asked):
    shown = compare(sent(HEAD), tokens=3.0, temperature=0.5, seed=7.0)
    assert "gw-outcome" in shown and "The same in Python" in shown
    (request,) = (one for one in asked if isinstance(one, InterveneRequest))
    assert request.subject == Subject(**SUBJECT) and request.interventions == (Intervention(**HEAD),)
    assert (request.sample_tokens, request.temperature, request.seed) == (3, 0.5, 7)


def test_another_visitors_model_stays_theirs(asked):
    assert "another visitor" in compare(sent(HEAD), who=Visitor("eve", False, "eve"))


@pytest.mark.parametrize(
    "given, message",
    [
        ("", "Look at a text first."),
        (sent(), "Nothing is switched off yet"),
        ("{", "an object with subject and interventions"),
        ("[]", "an object with subject and interventions"),
        ("[" * 100_000, "an object with subject and interventions"),
        (7, "an object with subject and interventions"),
        ('{"interventions": []}', "an object with model, text, target, new_tokens"),
        (json.dumps({"subject": SUBJECT}), "a list of objects"),
        (sent(HEAD, text=""), "at least one character"),
        (sent({**HEAD, "layer": 9}), "layer accepts 0 to 1"),
        (sent({**HEAD, "head": 4}), "head accepts 0 to 3"),
        (sent({**HEAD, "part": "cross"}), "part accepts self"),
        (sent({**HEAD, "kind": "burn"}), "kind accepts"),
        (sent({**HEAD, "layer": -1}), "layer accepts a whole number from 0"),
        (sent({**HEAD, "layer": True}), "layer accepts a whole number"),
        (sent({"layer": 0}), "a list of objects"),
        (sent({**HEAD, "more": 1}), "a list of objects"),
        (sent(7), "a list of objects"),
        (sent({"kind": "block", "key": 99}), "key accepts 0 to"),
        (sent({"kind": "block", "query": 99}), "query accepts 0 to"),
        (sent({"kind": "local", "key": 0}), "key accepts a whole number from 1"),
        (sent(*[HEAD] * 257), "at most 256"),
        (sent({"kind": "block", "key": 0}, model="bloom"), "cannot be changed in bloom"),
        (sent(HEAD, model="bert"), "[MASK]"),
        (sent(HEAD, model="mamba"), "no attention"),
    ],
)
def test_bad_input_gets_its_message_in_place(asked, given, message):
    shown = compare(given)
    assert message.replace("'", "&#x27;") in shown and "gw-outcome" not in shown


@pytest.mark.parametrize(
    "sampling, message",
    [
        ({"tokens": 1000}, "sample_tokens accepts"),
        ({"tokens": None}, "sample_tokens accepts"),
        ({"tokens": 2.5}, "sample_tokens accepts"),
        ({"temperature": 9}, "temperature accepts 0 to 5"),
        ({"temperature": "hot"}, "temperature accepts"),
        ({"temperature": float("nan")}, "temperature accepts"),
        ({"seed": -1}, "seed accepts"),
    ],
)
def test_so_does_bad_sampling(asked, sampling, message):
    assert message in compare(sent(HEAD), **sampling)


def test_an_empty_seed_is_0(asked):
    assert "gw-outcome" in compare(sent(HEAD), seed=None)


def test_what_is_sent_is_read_or_refused():
    assert asked_for(sent(HEAD)) == (Subject(**SUBJECT), (Intervention(**HEAD),))
    assert interventions_of([]) == ()
    with pytest.raises(SpecError, match="interventions"):
        interventions_of(None)
