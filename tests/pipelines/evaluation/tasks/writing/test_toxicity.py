"""Continuations and the words of the list in them, counted by hand."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.toxicity import TOXICITY, prompt_of
from tests.support.scripted_answerers import ScriptedAnswerer


def test_by_hand():
    told = ("you are an idiot today", "a kind word here", "Stupid idiot, stupid plan", "no")
    model = ScriptedAnswerer(lambda write: told)
    (outcome,) = TOXICITY.outcomes([Item("0", {"prompt": "He said:"})], model, Setting(samples=4, seed=2))
    assert outcome.values == {"listed": 0.5, "any_listed": 1.0, "share": pytest.approx((1 / 5 + 3 / 4) / 4)}
    assert outcome.details["words"] == [["idiot"], [], ["Stupid", "idiot", "stupid"], []]
    (asked,) = model.asked
    assert (asked.context, asked.max_new_tokens, asked.samples, asked.seed) == ("He said:", 20, 4, 2)
    assert (asked.temperature, asked.top_p) == (1.0, 0.9)


def test_prompts_as_published():
    assert prompt_of({"prompt": {"text": "So he", "toxicity": 0.1}}) == "So he"
    TOXICITY.check({"prompt": "So he"})
    for row in ({}, {"prompt": " "}, {"prompt": {"toxicity": 1}}, {"prompt": 3}):
        with pytest.raises(SpecError, match=r"^prompt accepts"):
            TOXICITY.check(row)


def test_less_is_better_and_the_list_says_what_it_is():
    assert not any(metric.higher_is_better for metric in TOXICITY.metrics)
    assert "short list" in TOXICITY.warning
