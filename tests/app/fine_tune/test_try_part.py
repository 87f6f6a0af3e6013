"""Trying a model that has a task: one of the house, or what a run has made."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.fine_tune import try_part
from app.fine_tune.try_part import TryPart
from tests.app.fine_tune.conftest import HOSTILE
from tests.support.workshop import Header

ABLE = {
    "house/moods": "sequence-classification",
    "house/names": "token-classification",
    "house/finds": "question-answering",
    "house/gaps": "masked-lm",
    "run/5766hc4fzjv3": "masked-lm",
}
BASE_OF = {"run/5766hc4fzjv3": "house/gaps", "house/moods": "house/gaps"}


@pytest.fixture
def part():
    entries = [
        SimpleNamespace(
            name=name,
            title=name,
            parameters=9,
            capabilities=frozenset({able}),
            adapter_of=BASE_OF.get(name, ""),
            lineage={},
        )
        for name, able in ABLE.items()
    ]
    models = SimpleNamespace(entries=lambda able: [e for e in entries if able in e.capabilities])
    with gr.Blocks():
        return TryPart(SimpleNamespace(models=models, identity=Header()))


def test_the_models_with_a_task_stand_ready_with_an_example(part):
    assert [name for _, name in part.model.choices] == list(ABLE) and part.model.value == "house/moods"
    assert "film" in part.text.value and not part.context.visible


def test_another_model_brings_its_example_and_leaves_what_was_typed(part):
    turned = part.turned("house/finds", part.text.value)
    assert turned[part.text].label == "Question" and turned[part.context].visible
    assert turned[part.text].value in ("Where did the fox sleep?",) and "oak" in turned[part.context].value
    kept = part.turned("house/gaps", "My own [MASK].")
    assert kept[part.text].value is None and not kept[part.context].visible
    unknown = part.turned("someone/model", "My own.")
    assert unknown[part.context].visible and unknown[part.answer] == ""


def test_what_it_says_is_shown_and_escaped(part, monkeypatch):
    def answers(services, visitor, *asked):
        assert asked == ("house/names", HOSTILE, "")
        return {"text": HOSTILE, "entities": [{"start": 0, "end": 4, "type": "<b>"}]}

    monkeypatch.setattr(try_part, "predicted", answers)
    shown = part.tried("house/names", HOSTILE, "", None)
    assert "<mark>&lt;img" in shown and "&lt;b&gt;" in shown and "<img" not in shown


def test_a_refusal_stands_where_the_answer_would(part):
    request = SimpleNamespace(headers={"x-glassworks-visitor": "eve"})
    assert "gw-error" in part.tried("path:/etc", "A text", "", request)


@pytest.mark.parametrize("artifact", ["", "run/none", None])
def test_a_run_without_a_task_is_not_taken_up(part, artifact):
    shown = part.shown(artifact and SimpleNamespace(artifact=artifact))
    assert list(shown) == [part.head] and "data-of-run" not in shown[part.head]


def test_what_a_run_has_made_is_taken_up_with_an_example(part):
    shown = part.shown(SimpleNamespace(artifact="house/finds"))
    assert set(shown) <= set(part.outputs) and "data-of-run" in shown[part.head]
    assert shown[part.model].value == "house/finds" and shown[part.context].visible
    assert shown[part.text].label == "Question" and shown[part.text].value


def test_the_base_is_asked_too_where_it_can_fill_gaps(part, monkeypatch):
    asked = []

    def answers(services, visitor, name, text, context):
        asked.append(name)
        return {"masks": []}

    monkeypatch.setattr(try_part, "predicted", answers)
    shown = part.tried("run/5766hc4fzjv3", "A [MASK].", "", None)
    assert asked == ["house/gaps", "run/5766hc4fzjv3"] and shown.index("Base") < shown.index("Tuned")
    assert "Base" not in part.tried("house/gaps", "A [MASK].", "", None)
    assert "Base" not in part.tried("house/moods", "A text", "", None), "its base has another task"
