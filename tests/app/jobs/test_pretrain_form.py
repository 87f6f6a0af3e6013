import gradio as gr
import pytest

from app.tabs import pretrain_form as parts
from app.tabs.pretrain_form import BROUGHT, FIRST_SIZE, Brought, PretrainForm
from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.training.dial import SIZES, dial
from pipelines.training.specs import ARCHITECTURES, PretrainSpec


@pytest.fixture(scope="module")
def form():
    with gr.Blocks():
        sample = [("Bundled sample", "sample")]
        corpus, name = gr.Dropdown(sample, value="sample"), gr.Textbox()
        fields = {"corpus": corpus, "name": name, **parts.second_part(sample), **parts.model_part([])}
        fields["start_from"] = parts.start_picker([])
        return PretrainForm(parts.size_dial(), {**fields, **parts.field_grid()})


@pytest.fixture
def given(form):
    """What the browser sends for the untouched form."""
    return {c: c.value for c in form.inputs}


def test_every_field_of_the_spec_is_in_the_form(form):
    assert set(form.fields) == set(knobs(PretrainSpec))


def test_the_untouched_form_is_the_dial_at_its_first_place(form, given):
    assert form.spec(given) == PretrainSpec.from_dict({"size": FIRST_SIZE})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_dial_sets_fields_that_the_spec_takes(form, given, size, architecture):
    given |= {form.size: size, form.fields["architecture"]: architecture}
    spec = form.spec({**given, **form.turned(given)})
    assert {name: getattr(spec, name) for name in dial(size, architecture)} == dial(size, architecture)


def test_a_wrong_value_is_refused_by_its_name_and_range(form, given):
    with pytest.raises(SpecError, match="batch_size accepts a whole number from 1 to 1024; got 0"):
        form.spec(given | {form.fields["batch_size"]: 0})
    with pytest.raises(SpecError, match=r"max_steps accepts .* got None"):
        form.spec(given | {form.fields["max_steps"]: None})


def test_prompts_are_one_a_line(form, given):
    spec = form.spec(given | {form.fields["sample_prompts"]: "One\n\nTwo\n"})
    assert spec.sample_prompts == ("One", "Two")


def test_stages_are_one_a_line(form, given):
    lines = "0.5 context=64\n\n0.5 batch_size=8\n"
    spec = form.spec(given | {form.fields["stages"]: lines})
    assert spec.stages == ("0.5 context=64", "0.5 batch_size=8")
    assert [stage.batch_size for stage in spec.plan.stages] == [16, 8]


def test_choices_are_offered_in_words_and_sent_as_the_spec_names_them(form):
    for name in ("architecture", "optimizer", "schedule"):
        labels, values = zip(*form.fields[name].choices, strict=True)
        assert values == knobs(PretrainSpec)[name].choices
        assert not set(labels) & set(values)


def test_a_start_model_switches_off_what_it_brings_along(form, given):
    given |= {form.fields["tokenizer"]: "house/tales", form.fields["context_length"]: 128}
    updates = form.brought(given, Brought("gpt2", 64))
    assert not any(updates[form.fields[name]]["interactive"] for name in BROUGHT)
    chosen = {name: updates[form.fields[name]]["value"] for name in ("tokenizer", "architecture")}
    assert chosen == {"tokenizer": "train", "architecture": "gpt2"}
    assert updates[form.fields["context_length"]]["value"] == 64
    opened = form.brought(given, None)
    assert all(opened[form.fields[name]]["interactive"] for name in BROUGHT)


def test_the_dial_leaves_alone_what_a_start_model_brings_along(form, given):
    given |= {form.fields["start_from"]: "house/tales", form.size: 9}
    turned = {name: turned for name, c in form.fields.items() if (turned := form.turned(given, 64).get(c))}
    assert not set(turned) & set(BROUGHT)
    assert (turned["context_length"], turned["max_steps"]) == (64, 300 * 9)


def test_a_shape_that_does_not_count_is_no_hindrance(form, given):
    given |= {form.fields["hidden_size"]: 97, form.fields["start_from"]: "house/tales"}
    assert form.spec(given).start_from == "house/tales"
    with pytest.raises(SpecError, match="hidden_size"):
        form.spec(given | {form.fields["start_from"]: ""})
