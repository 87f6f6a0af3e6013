"""The form: fields of both specs, of which a task and a method read theirs."""

import pytest

from app.fine_tune import form
from pipelines.core.errors import SpecError
from pipelines.core.fields import knobs
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.specs import METHODS, EncoderSpec, SftSpec


def test_every_field_of_all_specs_has_a_component(tab):
    assert set(tab.form.fields) == {*knobs(DistillSpec), *knobs(SftSpec), *knobs(EncoderSpec)}
    assert set(form.defaults()) == set(tab.form.fields)


def test_as_it_stands_it_is_a_short_run_on_the_house_s_own_model(tab, given):
    spec = tab.form.spec(given())
    assert isinstance(spec, SftSpec) and spec.base == "house/story-base"
    assert spec.dataset.startswith("sample:") and spec.max_steps == form.FIRST["max_steps"]
    assert spec.chat_template == "house", "the base has no template of its own"


def test_the_task_decides_the_spec_and_a_method_what_is_read(tab, given):
    spec = tab.form.spec(
        given(task="classify", method="full", use_dora=True, lora_r=None, sample_tokens=None)
    )
    assert isinstance(spec, EncoderSpec) and spec.method == "full"
    with pytest.raises(SpecError, match="lora_r"):
        tab.form.spec(given(lora_r=None))


@pytest.mark.parametrize("method", METHODS)
def test_lora_s_settings_are_seen_with_lora_alone(tab, method):
    seen = tab.form.parts("instruct", method)
    assert all(seen[part]["visible"] == (method in ("lora", "qlora")) for part in tab.form.lora)
    assert seen[tab.form.sft]["visible"] and not seen[tab.form.fill]["visible"]
    assert form.method_words(method).endswith(".")


def test_a_setting_is_seen_and_read_with_its_own_methods_alone(tab, given):
    for method, names in {
        "prompt": {"num_virtual_tokens"},
        "prefix": {"num_virtual_tokens"},
        "bottleneck": {"bottleneck_width", "bottleneck_depth", "bottleneck_activation"},
        "lora": set(),
    }.items():
        seen = tab.form.parts("instruct", method)
        others = {name: part for name, part in tab.form.fields.items() if part in tab.form.other}
        assert {name for name, part in others.items() if seen[part]["visible"]} == names
        assert names == set(others) & set(form.reads("instruct", method))
        assert all(part in tab._parts for part in others.values())
    spec = tab.form.spec(given(method="prompt", num_virtual_tokens=7, bottleneck_width=None))
    assert (spec.method, spec.num_virtual_tokens) == ("prompt", 7)


def test_parts_follow_the_task(tab):
    fill = tab.form.parts("fill", "lora")
    assert not fill[tab.form.sft]["visible"] and fill[tab.form.fill]["visible"]


@pytest.mark.parametrize("task", ["write", None, 3])
def test_a_task_that_there_is_not_is_refused(tab, given, task):
    with pytest.raises(SpecError, match="task"):
        tab.form.spec(given(task=task))


def test_a_link_restores_what_fits_together(tab, asked_by):
    query = {"task": "classify", "base": "house/x", "dataset": "sample:reviews", "method": "full"}
    linked = form.linked(asked_by(tab="fine-tune", lora_r="7", batch_size="3", **query), tab._standing())
    assert linked == {**query, "batch_size": 3}
    assert form.linked(asked_by(tab="fine-tune", batch_size="0"), tab._standing()) == {}
    assert form.linked(asked_by(tab="pretrain", batch_size="3"), tab._standing()) == {}


def test_a_link_shows_the_parts_of_its_method(tab, asked_by):
    query = {"task": "classify", "base": "house/x", "dataset": "sample:reviews", "lora_r": "4"}
    shown = tab._linked(asked_by(tab="fine-tune", **query))
    assert shown[tab.form.fields["lora_r"]] == {"__type__": "update", "value": 4, "visible": True}
    assert shown[tab.form.sft]["visible"] is False
    assert tab._linked(asked_by(tab="corpus", **query)) == {}


def test_a_method_brings_its_learning_rate_unless_one_was_typed(tab, given):
    rate = tab.form.fields["learning_rate"]
    assert set(form.RATES) == set(METHODS)
    assert tab._methoded(given(method="full"))[rate] == form.RATES["full"]
    assert rate not in tab._methoded(given(method="full", learning_rate=3e-5))
