"""The strategies that ask for answers alone: direct, both chains of thought, votes, the scratchpad."""

import doctest

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Message
from pipelines.prompting.strategies import registry, self_consistency
from tests.support.scripted_models import EXAMPLES, ITEM, SYSTEM, asking, bare_build, outcome, run


def last(call) -> str:
    return call.messages[-1].content


def test_direct_asks_once_and_greedily():
    finished, (call,) = run("direct", ["12"])
    assert call.messages == (SYSTEM, *EXAMPLES, Message("user", f"{ITEM.question} Give only the answer."))
    assert (call.purpose, call.samples, call.temperature, call.stop, call.begun) == ("answer", 1, 0, (), "")
    assert finished.outcome.response == "12" and finished.trace[0].parsed == "12"


def test_direct_asks_for_a_number_where_answers_are_numbers():
    assert registry.settings("direct", numbers=True).instruction == "Answer with the number only."
    assert registry.settings("direct", {"instruction": "Short."}, numbers=True).instruction == "Short."


def test_chain_of_thought_asks_in_the_question():
    finished, (call,) = run("cot", ["First 7 + 5 = 12. The answer is 12."])
    assert last(call) == f"{ITEM.question} Let's think step by step." and call.begun == ""
    assert finished.outcome.response.endswith("The answer is 12.")


def test_chain_of_thought_as_in_the_paper():
    script = ["\n7 + 5 are twelve.", " 12."]
    finished, (first, second) = run("cot", script, place="answer", conclude="Therefore, the answer is")
    assert last(first) == ITEM.question and first.begun == "Let's think step by step."
    assert second.begun == "Let's think step by step.\n7 + 5 are twelve.\nTherefore, the answer is"
    assert second.messages == first.messages and second.purpose == "conclusion"
    assert finished.outcome.response == f"{second.begun} 12."


def test_few_shots_show_their_steps_and_the_model_makes_up_no_more():
    _, (call,) = run("few_shot_cot", ["12"])
    assert call.messages[2] == Message("assistant", "One and one: 2") and last(call) == ITEM.question
    assert call.stop == ("\nQ:",)


def test_self_consistency_draws_and_votes():
    texts = ["The answer is 11.", "So 12.", "Who knows?", "12 apples", "It is 11", "twelve: 12"]
    finished, (call,) = run("self_consistency", [texts], samples=6, temperature=0.9)
    assert (call.samples, call.temperature, call.stop) == (6, 0.9, ())
    assert finished.outcome.votes == (("12", 3), ("11", 2), ("", 1))
    assert finished.outcome.response == "So 12."
    assert finished.trace[0].parsed == ["11", "12", "", "12", "11", "12"]


def test_of_equal_votes_the_first_is_taken_and_silence_never_wins():
    votes = outcome("self_consistency", [["9", "12", "?", "?", "?"]], samples=5)
    assert votes.votes == (("9", 1), ("12", 1), ("", 3)) and votes.response == "9"
    silent = outcome("self_consistency", [["?", "!"]], samples=2)
    assert silent.votes == (("", 2),) and silent.response == "?"


def test_self_consistency_with_worked_examples():
    _, (call,) = run("self_consistency", ["12"], rationales=True)
    assert "One and one" in call.messages[2].content and call.stop == ("\nQ:",)


def test_the_scratchpad_ends_at_its_marker_and_the_answer_stands_behind_it():
    finished, (work, answer) = run("scratchpad", [" 7 + 5 = 12\n", " 12."], builder=bare_build)
    assert (work.begun, work.stop) == ("<scratch>\n", ("</scratch>",))
    assert answer.begun == "<scratch>\n7 + 5 = 12\n</scratch>\nThe answer is"
    assert answer.stop == ("\n", "<scratch>") and answer.messages == work.messages
    assert finished.outcome.response == "The answer is 12."
    assert finished.outcome.details["scratch"] == "7 + 5 = 12"


def test_examples_of_the_docstring():
    assert doctest.testmod(self_consistency).failed == 0


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("direct", "instruction", 3),
        ("cot", "place", "middle"),
        ("self_consistency", "samples", 1),
        ("self_consistency", "temperature", 0),
        ("scratchpad", "answer", "x" * 5000),
    ],
)
def test_settings_say_what_they_accept(name, field, value):
    with pytest.raises(SpecError, match=field):
        asking(name, **{field: value})
