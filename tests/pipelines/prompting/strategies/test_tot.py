import doctest

import pytest

from pipelines.prompting.calls import Text
from pipelines.prompting.strategies import registry, thoughts
from pipelines.prompting.strategies.thoughts import Tree, chosen, valued
from tests.support.scripted_models import ITEM, outcome, run

STEPS = {"": ["a", "b", "a"], "a.": ["c", "d", "e"], "b.": ["f", "g", "h"]}


def thought(text: str, finish: str = "stop") -> Text:
    return Text(text, 1, finish)


def grow(call):
    """Thoughts by what stands there already: an ``a`` and a ``b``, then three of each; ``b`` is better."""
    if call.purpose == "thought":
        return [thought(f" {text}") for text in STEPS[call.begun]]
    if call.purpose == "value":
        steps = call.messages[-1].content.partition("Steps: ")[2].partition("\n")[0]
        return {"a.": "likely", "b.": "sure", "b. g.": "Sure!", "a. c.": "likely"}.get(steps, "impossible")
    return " The answer is 12."


def test_examples_of_the_docstrings():
    assert doctest.testmod(thoughts).failed == 0


def test_the_tree_by_value():
    finished, calls = run("tot", grow, depth=2, beam=2)
    nodes = finished.outcome.details["nodes"]
    assert [node["text"] for node in nodes] == ["", "a", "b", "f", "g", "h", "c", "d", "e"]
    assert [node["parent"] for node in nodes] == [None, 0, 0, 2, 2, 2, 1, 1, 1]
    assert [node["text"] for node in nodes if node["kept"]] == ["", "a", "b", "g", "c"]
    assert [node["drawn"] for node in nodes[:3]] == [1, 2, 1]
    assert [node["value"] for node in nodes[:5]] == [None, 1.0, 20.0, 0.001, 20.0]
    assert [node["depth"] for node in nodes] == [0, 1, 1, *[2] * 6]
    assert finished.outcome.details["best"] == 4
    assert finished.outcome.response == "b. g. The answer is 12."
    assert [call.purpose for call in calls] == [
        "thought", "value", "value", "thought", "thought", *["value"] * 6, "answer",
    ]  # fmt: skip


def test_the_calls_of_the_tree():
    finished, calls = run("tot", grow, depth=2, beam=2, temperature=0.6, evaluations=4)
    first, value, second, answer = calls[0], calls[1], calls[3], calls[-1]
    assert (first.samples, first.temperature, first.stop, first.begun) == (3, 0.6, (". ", ".\n"), "")
    assert first.messages[-1].content == f"{ITEM.question} Let's think step by step."
    assert (value.samples, value.temperature, value.begun) == (4, 0.6, "")
    assert value.messages[-1].content.startswith(f"{ITEM.question} Steps: a.\nCan these steps")
    assert [message.role for message in value.messages] == ["system", "user"]
    assert second.begun == "b." and second.messages == first.messages
    assert (answer.begun, answer.stop, answer.temperature) == ("b. g.", (), 0)
    parsed = [one.parsed for one in finished.trace]
    assert parsed[:4] == [["a", "b"], 1.0, 20.0, ["f", "g", "h"]] and parsed[-1] == "12"
    assert [one.round for one in finished.trace] == [0, 1, 1, 2, 2, *[3] * 6, 4]


def test_the_tree_by_vote():
    def script(call):
        if call.purpose == "vote":
            return ["Hm. The best choice is 2.", "2", "The best choice is 1", "none", "The best choice is 77"]
        return grow(call)

    finished, calls = run("tot", script, depth=2, beam=1, evaluation="vote", evaluations=5)
    vote = calls[1]
    asked = registry.settings("tot").vote
    assert vote.messages[-1].content == f"{ITEM.question} Choice 1: a.\nChoice 2: b.\n{asked}"
    assert vote.samples == 5 and finished.trace[1].parsed == [2, 2, 1, None, None]
    nodes = finished.outcome.details["nodes"]
    assert [node["value"] for node in nodes[1:3]] == [1.0, 2.0]
    assert [node["text"] for node in nodes if node["kept"]] == ["", "b", "g"]
    assert [call.purpose for call in calls] == ["thought", "vote", "thought", "vote", "answer"]
    assert finished.outcome.response == "b. g. The answer is 12."


def test_a_way_that_has_ended_competes_and_is_not_asked_to_go_on():
    def script(call):
        if call.purpose == "thought":
            done = thought(" The answer is 12.", "end")
            return [done, thought(" b")] if not call.begun else [thought(" c"), thought(" d")]
        assert call.purpose == "value"
        return "sure" if "12" in call.messages[-1].content.partition("Steps:")[2] else "likely"

    finished, calls = run("tot", script, depth=3, breadth=2, beam=2)
    assert finished.outcome.response == "The answer is 12." and "answer" not in [c.purpose for c in calls]
    assert [call.begun for call in calls if call.purpose == "thought"] == ["", "b.", "b. c."]
    assert sum("12" in c.messages[-1].content for c in calls if c.purpose == "value") == 1


def test_where_every_kept_way_has_ended_the_search_does():
    _, calls = run("tot", lambda call: thought("It is 12.", "end"), depth=8, breadth=3)
    assert [call.purpose for call in calls] == ["thought"]


def test_a_lone_thought_is_not_judged():
    told = outcome(
        "tot", lambda call: thought(" a") if call.purpose == "thought" else " 12", breadth=1, depth=2
    )
    assert [node["value"] for node in told.details["nodes"]] == [None] * 3
    assert told.response == "a. a. 12"


def test_without_any_thought_the_answer_is_asked_for():
    script = {"thought": thought("", "stop"), "answer": "12"}
    finished, calls = run("tot", lambda call: script[call.purpose])
    assert [call.purpose for call in calls] == ["thought", "answer"]
    assert finished.outcome.response == "12" and len(finished.outcome.details["nodes"]) == 1


def test_an_answer_that_ends_at_once_ends_its_parent():
    tree = Tree((". ",))
    (first,) = tree.grow(tree.root, [thought("a")])
    (end,) = tree.grow(first, [thought(" ", "end"), thought("")])
    assert end.done and tree.written(end) == "a" and tree.written(first) == "a."
    assert tree.grow(tree.root, [thought("", "end")]) == []


def test_lines_are_thoughts_where_asked_for():
    finished, calls = run(
        "tot",
        lambda call: thought("a") if call.purpose == "thought" else "12",
        thought="line",
        breadth=1,
        depth=1,
    )
    assert calls[0].stop == ("\n",) and calls[1].begun == "a\n"
    assert finished.outcome.response == "a\n12"


def test_worthless_judgements_keep_the_order():
    told = outcome("tot", lambda call: grow(call) if call.purpose != "value" else "?", depth=1, beam=1)
    assert [node["kept"] for node in told.details["nodes"]] == [True, True, False]
    assert valued([]) == 0.0 and valued(["Not impossible: SURE"]) == 20.0
    assert chosen("The best choice is 0", 2) is None


@pytest.mark.parametrize("evaluation", ["value", "vote"])
@pytest.mark.parametrize(
    ("breadth", "depth", "beam"), [(3, 3, 2), (1, 2, 1), (2, 3, 10), (1, 3, 4), (4, 1, 1)]
)
def test_the_estimate_is_reached_and_never_passed(evaluation, breadth, depth, beam):
    sizes = {"evaluation": evaluation, "breadth": breadth, "depth": depth, "beam": beam, "evaluations": 2}

    def script(call):
        if call.purpose != "thought":
            return "likely 1"
        return [thought(f" {i}") for i in range(call.samples)]

    finished, calls = run("tot", script, **sizes)
    most = registry.most("tot", registry.settings("tot", sizes))
    assert len(calls) == most.calls and sum(call.samples for call in calls) == most.samples
    assert finished.trace[-1].round + 1 == most.rounds
