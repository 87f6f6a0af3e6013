import gradio as gr
import pytest

from app.tabs import pretrain_form as parts
from app.tabs.pretrain_form import FIRST_SIZE, PretrainForm
from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.training.dial import SIZES, dial
from pipelines.training.specs import PretrainSpec


@pytest.fixture(scope="module")
def form():
    with gr.Blocks():
        corpus, name = parts.corpus_picker([("Bundled sample", "sample")]), gr.Textbox()
        fields = {"corpus": corpus, "name": name, **parts.model_part([])}
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
@pytest.mark.parametrize("architecture", ["llama", "gpt2"])
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
