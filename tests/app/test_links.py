"""Links restore what fits and leave out what does not."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.links import linked_tab, linked_values, restored
from pipelines.generation.specs import DecodingSpec
from pipelines.training.specs import PretrainSpec

NAMES = ["model", "prompt", "temperature", "max_new_tokens"]


def opened(**query):
    return restored(SimpleNamespace(query_params=query), "decoding", NAMES, DecodingSpec)


def values(updates):
    return [update.get("value") for update in updates]


def test_a_link_restores_its_inputs_with_their_types():
    link = {"tab": "decoding", "model": "house/tales", "prompt": "Hi & <b>", "temperature": "1.5"}
    made = values(opened(**link, max_new_tokens="20"))
    assert made == ["house/tales", "Hi & <b>", 1.5, 20]
    assert isinstance(made[3], int)


@pytest.mark.parametrize(
    "bad",
    [{"temperature": "9"}, {"temperature": "nan"}, {"max_new_tokens": "x"}, {"max_new_tokens": "1e400"}],
)
def test_a_value_that_does_not_fit_is_left_out(bad):
    assert values(opened(tab="decoding", prompt="p", **bad)) == [None, "p", None, None]


def test_an_overlong_prompt_is_left_out():
    assert values(opened(tab="decoding", prompt="x" * 30_000))[1] is None


def test_a_link_to_another_tab_changes_nothing():
    assert opened(tab="pretrain", prompt="p") == [gr.skip()] * 4
    assert opened() == [gr.skip()] * 4


def test_only_known_tabs_are_opened():
    for asked, found in (("jobs", "jobs"), ("<b>", None), (None, None)):
        query = {"tab": asked} if asked else {}
        assert linked_tab(SimpleNamespace(query_params=query), ("decoding", "jobs")) == found


def pretraining(**query):
    start = PretrainSpec.from_dict({"size": 2})
    return linked_values(SimpleNamespace(query_params=query), "pretrain", start)


def test_fields_that_only_fit_together_are_restored_together():
    """A width of 128 is no multiple of the form's own 3 heads, but of the link's 4."""
    link = {"hidden_size": "128", "num_heads": "4", "num_kv_heads": "2", "compile": "false"}
    made = pretraining(tab="pretrain", sample_prompts="One\nTwo", learning_rate="0.001", **link)
    assert (made["hidden_size"], made["num_heads"], made["compile"]) == (128, 4, False)
    assert (made["sample_prompts"], made["learning_rate"]) == ("One\nTwo", 0.001)
    assert "batch_size" not in made


@pytest.mark.parametrize("bad", [{"num_heads": "7"}, {"compile": "perhaps"}, {"max_steps": "many"}])
def test_a_link_that_does_not_fit_together_restores_nothing(bad):
    assert pretraining(tab="pretrain", name="mine", **bad) == {}


def test_a_pretraining_link_is_for_its_own_tab_and_its_own_fields():
    assert pretraining(tab="decoding", name="mine") == {}
    assert pretraining(tab="pretrain", name="mine", __theme="dark") == {"name": "mine"}
