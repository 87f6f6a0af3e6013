import doctest
import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.strategies import registry
from pipelines.prompting.strategies.registry import STRATEGIES, described, most, settings
from tests.pipelines.prompting.strategies.scripts import SCRIPTS, TOOLS
from tests.support.scripted_models import asking, run


def test_examples_of_the_docstring():
    assert doctest.testmod(registry).failed == 0


def test_the_nine_of_the_literature():
    assert list(STRATEGIES) == [
        "direct", "cot", "few_shot_cot", "self_consistency", "tot", "react", "self_refine", "least_to_most",
        "scratchpad",
    ]  # fmt: skip


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_tells_of_itself(name):
    kind = STRATEGIES[name]
    assert kind.title and kind.does.endswith(".") and "arXiv:" in kind.paper
    assert json.dumps(described(name)) and all(one["help"] and one["accepts"] for one in described(name))
    assert {one["name"]: one["default"] for one in described(name)} == vars(settings(name))


@pytest.mark.parametrize("name", STRATEGIES)
def test_no_item_takes_more_than_was_said(name):
    finished, calls = run(name, SCRIPTS[name], tools=TOOLS)
    at_most = most(name, settings(name))
    assert len(calls) <= at_most.calls and sum(call.samples for call in calls) <= at_most.samples
    assert finished.trace[-1].round < at_most.rounds


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_reply_is_read_and_json(name):
    finished, _ = run(name, SCRIPTS[name], tools=TOOLS)
    assert len(finished.outcome.details["parsed"]) == len(finished.trace) and not finished.error
    assert json.dumps(dict(finished.outcome.details))


def test_a_name_that_is_none_lists_the_names():
    with pytest.raises(SpecError, match="one of direct, cot"):
        settings("magic")


def test_a_setting_that_is_none_lists_the_settings():
    with pytest.raises(SpecError, match="the fields are instruction, samples"):
        settings("self_consistency", {"k": 3})
    with pytest.raises(SpecError, match="settings"):
        settings("cot", [1])


def test_settings_of_another_are_refused():
    with pytest.raises(SpecError, match="settings of tot"):
        registry.begun("tot", asking("cot"))
