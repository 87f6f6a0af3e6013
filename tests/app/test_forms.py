"""Every field of every spec becomes a component, and comes back as the value it was."""

import gradio as gr
import pytest

from app.forms import form, knob_component, to_value, to_values
from pipelines.core.fields import Knob, knobs
from pipelines.generation.specs import DecodingSpec
from pipelines.training.specs import PretrainSpec


@pytest.mark.parametrize("spec", [DecodingSpec(), PretrainSpec()], ids=lambda s: type(s).__name__)
def test_a_form_holds_every_field_with_its_label_and_help(spec):
    components = form(spec)
    assert list(components) == [name for name, knob in knobs(spec).items() if not knob.hidden]
    for name, component in components.items():
        assert component.label == knobs(spec)[name].label
        assert component.info == knobs(spec)[name].help


@pytest.mark.parametrize("spec", [DecodingSpec(), PretrainSpec()], ids=lambda s: type(s).__name__)
def test_what_a_form_shows_makes_the_same_spec_again(spec):
    shown = {name: c.preprocess(c.postprocess(c.value)) for name, c in form(spec).items()}
    assert type(spec).from_dict(to_values(spec, shown)) == spec


def test_the_kind_of_component_follows_the_field():
    decoding, pretrain = form(DecodingSpec()), form(PretrainSpec())
    assert isinstance(decoding["temperature"], gr.Slider)
    assert isinstance(decoding["seed"], gr.Number)  # too many steps for a slider
    assert isinstance(pretrain["learning_rate"], gr.Number)  # no step is given
    assert isinstance(pretrain["architecture"], gr.Dropdown)
    assert isinstance(pretrain["compile"], gr.Checkbox)
    assert isinstance(pretrain["sample_prompts"], gr.Textbox)


def test_a_slider_has_the_bounds_that_the_spec_enforces():
    slider, knob = form(DecodingSpec())["top_p"], knobs(DecodingSpec)["top_p"]
    assert (slider.minimum, slider.maximum, slider.step) == (knob.low, knob.high, knob.step)


def test_a_part_of_the_fields_can_be_chosen():
    assert list(form(DecodingSpec(), lambda name, _: name == "seed")) == ["seed"]
    assert not set(form(PretrainSpec(), lambda _, knob: not knob.advanced)) & {"dropout", "compile"}


def test_a_number_that_may_be_nothing_starts_empty():
    box = knob_component("limit", Knob("Limit", "At most this.", low=1, high=9, step=1), None)
    assert isinstance(box, gr.Number) and box.value is None


@pytest.mark.parametrize(
    ("default", "value", "expected"),
    [
        (("a",), "one\n\n two\n", ("one", " two")),
        (("a",), None, ()),
        (3, None, 3),
        (None, None, None),
        (3, 0, 0),
        (True, False, False),
        ("x", "", ""),
    ],
)
def test_to_value(default, value, expected):
    assert to_value(default, value) == expected
