"""Self-refine and least-to-most."""

import doctest

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Message
from pipelines.prompting.strategies import least_to_most, registry, self_refine
from tests.support.scripted_models import ITEM, bare_build, outcome, run


@pytest.mark.parametrize("module", [self_refine, least_to_most])
def test_examples_of_the_docstrings(module):
    assert doctest.testmod(module).failed == 0


def test_self_refine_goes_on_in_one_conversation_until_it_is_right():
    script = ["It is 13.", "7 + 5 is not 13.", "It is 12.", "7 + 5 is 12. It is right."]
    finished, calls = run("self_refine", script, builder=bare_build)
    settings = registry.settings("self_refine")
    assert [call.purpose for call in calls] == ["draft", "critique", "rewrite", "critique"]
    assert calls[-1].messages == (
        Message("user", f"{ITEM.question} Let's think step by step."),
        Message("assistant", "It is 13."),
        Message("user", settings.critique),
        Message("assistant", "7 + 5 is not 13."),
        Message("user", settings.rewrite),
        Message("assistant", "It is 12."),
        Message("user", settings.critique),
    )
    details = finished.outcome.details
    assert finished.outcome.response == "It is 12." and details["ended"] == "right"
    assert [version["right"] for version in details["versions"]] == [False, True]
    assert [one.parsed for one in finished.trace] == ["13", "wrong", "12", "right"]


def test_self_refine_ends_with_its_rounds():
    finished, calls = run("self_refine", lambda call: f"{call.purpose} 1", rounds=3)
    assert (
        len(calls) == 7 == registry.most("self_refine", registry.settings("self_refine", {"rounds": 3})).calls
    )
    assert finished.outcome.details["ended"] == "rounds" and finished.outcome.response == "rewrite 1"
    assert finished.outcome.details["versions"][-1]["critique"] == ""


def test_an_empty_draft_can_be_criticised():
    _, calls = run("self_refine", ["", "It is right."])
    assert calls[1].messages[-2] == Message("assistant", "(nothing)")


@pytest.mark.parametrize(
    ("critique", "right"),
    [
        ("It is right.", True),
        ("it is right, all of it", True),
        ("**It is right.**", True),
        ("“It is right.”", True),
        ("I checked it. It is right!", True),
        ("It is right that 7 + 5 is 12, but you forgot Mia.", False),
        ("I would not say: it is right now.", False),
        ("It is not right.", False),
        ("", False),
    ],
)
def test_approval_is_a_sentence(critique, right):
    assert self_refine.approves(critique, "It is right.") is right


def test_without_words_of_approval_there_is_no_end():
    with pytest.raises(SpecError, match="right"):
        registry.settings("self_refine", {"right": " "})


def test_least_to_most_solves_in_turn():
    script = ["1. How many has he?\n2. How many finds he?", "7", "5", "The answer is 12."]
    finished, calls = run("least_to_most", script, builder=bare_build)
    asked = [call.messages[-1].content for call in calls]
    known = f"{ITEM.question}\nQ: How many has he?\nA: 7\n"
    assert asked[0] == f"{ITEM.question} {registry.settings('least_to_most').split}"
    assert asked[1] == f"{ITEM.question}\nQ: How many has he?"
    assert asked[2] == f"{known}Q: How many finds he?"
    assert asked[3] == f"{known}Q: How many finds he?\nA: 5 Let's think step by step."
    assert [call.stop for call in calls] == [(), ("\nQ:",), ("\nQ:",), ("\nQ:",)]
    assert finished.outcome.response == "The answer is 12."
    assert finished.outcome.details["steps"][1] == {"question": "How many finds he?", "answer": "5"}
    assert finished.trace[0].parsed == ["How many has he?", "How many finds he?"]


def test_nothing_to_split_leaves_the_question():
    finished, calls = run("least_to_most", ["I cannot.", "12"], builder=bare_build)
    assert [call.purpose for call in calls] == ["split", "answer"]
    assert calls[1].messages[-1].content == f"{ITEM.question} Let's think step by step."
    assert finished.outcome.details["steps"] == []


def test_least_to_most_asks_no_more_than_its_limit():
    many = "\n".join(f"{i}. What is number {i}?" for i in range(1, 30))
    told = outcome("least_to_most", lambda call: many if call.purpose == "split" else "1", questions=3)
    assert [step["question"] for step in told.details["steps"]] == [f"What is number {i}?" for i in (1, 2, 3)]


def test_the_question_is_no_simpler_one():
    text = f"How many has he?\n- {ITEM.question}\nQ: How many has he?\n  (3) Why?"
    assert least_to_most.questions_in(text, ITEM.question) == ["How many has he?", "Why?"]


def test_examples_do_not_stand_where_the_question_is_split():
    _, calls = run("least_to_most", ["", "12"])
    assert [message.role for message in calls[0].messages] == ["system", "user"]
    assert len(calls[1].messages) == 4
