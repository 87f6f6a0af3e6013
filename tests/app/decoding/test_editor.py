"""What the page's editor is told agrees with the spec; presets and failures are good strategies."""

import json

import pytest

from app.decoding.asking import strategies_of
from app.decoding.editor import description
from app.decoding.presets import FAILURES, FIRST, PRESETS, as_json
from pipelines.core.fields import knobs
from pipelines.generation.comparing import MAX_COLUMNS, DecodeRequest
from pipelines.generation.strategy import Strategy, strategy
from pipelines.generation.strategy_names import KINDS, settings_of

ABOUT = json.loads(description())
ROLES = ("amateur", "draft")


def named(choices):
    """Presets leave it to the page which second model there is."""
    filled = [
        (name, {**given, **{role: "m" for role in ROLES if role in KINDS[name].own}})
        for name, given in choices
    ]
    return tuple(filled)


def test_every_setting_stands_there_with_the_spec_s_own_range():
    for name, knob in knobs(Strategy).items():
        if name == "name":
            continue
        told = ABOUT["knobs"][name]
        assert told["label"] == knob.label and told["help"] == knob.help
        assert told["default"] == getattr(Strategy(), name)
        assert (told.get("low"), told.get("high"), told.get("step")) == (knob.low, knob.high, knob.step)


@pytest.mark.parametrize("name", KINDS)
def test_what_a_card_can_set_the_strategy_accepts(name):
    kind = ABOUT["kinds"][name]
    assert [tuple(one) for one in kind["settings"]] == [settings_of(name, False), settings_of(name, True)]
    assert set(kind["own"]) <= set(kind["settings"][0])
    roles = {role: "m" for role in ROLES if role in kind["own"]}
    usual = {one: kind["defaults"].get(one, ABOUT["knobs"][one]["default"]) for one in kind["settings"][0]}
    assert strategy(name, {**usual, **roles}) == strategy(name, roles)


@pytest.mark.parametrize("choices", [one.choices for one in (*PRESETS.values(), *FAILURES.values())])
def test_presets_and_failures_are_good_strategies(choices):
    assert 1 <= len(strategies_of(as_json(named(choices)))) <= MAX_COLUMNS


def test_the_first_preset_needs_no_second_model():
    assert strategies_of(as_json(PRESETS[FIRST].choices))


@pytest.mark.parametrize("one", FAILURES.values(), ids=FAILURES)
def test_a_failure_is_a_request_that_can_be_made(one):
    asked = strategies_of(as_json(one.choices))
    assert DecodeRequest("m", one.prompt, asked, one.max_new_tokens, one.seed)
