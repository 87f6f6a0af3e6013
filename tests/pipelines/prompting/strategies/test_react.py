from dataclasses import dataclass, field

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.calls import Message
from pipelines.prompting.strategies import registry
from pipelines.prompting.tools.words import asked, observed, step
from tests.support.scripted_models import ITEM, SYSTEM, asking, bare_build, outcome, run


@dataclass
class Echo:
    """``given`` are the inputs it was called with."""

    does: str = "says it again"
    given: list[str] = field(default_factory=list)

    def __call__(self, given: str) -> str:
        self.given.append(given)
        if given == "fail":
            raise GlassworksError("It cannot.")
        if given == "break":
            raise RuntimeError("inside")
        return given * 2 if given == "long" * 100 else f"<{given}>"


@pytest.fixture
def echo():
    return Echo()


def test_steps_are_messages_in_the_very_words(echo):
    script = [step("Say it.", "echo", "7 + 5"), step("Done.", "finish", "12")]
    finished, (first, second) = run("react", script, tools={"echo": echo}, builder=bare_build)
    question = Message("user", asked(ITEM.question, {"echo": "says it again"}))
    assert first.messages == (question,)
    assert second.messages == (
        question,
        Message("assistant", script[0]),
        Message("user", observed("<7 + 5>")),
    )
    assert all((c.stop, c.purpose, c.begun) == (("\nObservation",), "step", "") for c in (first, second))
    assert finished.outcome.response == "The answer is 12." and finished.outcome.details["ended"] == "finish"
    (one, two) = finished.outcome.details["steps"]
    assert (one["thought"], one["tool"], one["given"]) == ("Say it.", "echo", "7 + 5")
    assert (one["observation"], one["problem"]) == ("<7 + 5>", "") and two["tool"] == "finish"
    assert [step.parsed for step in finished.trace] == ["echo[7 + 5]", "finish[12]"]


def test_examples_are_left_out_and_the_system_message_is_not(echo):
    _, (call,) = run("react", ["Action: finish[12]"], tools={"echo": echo})
    assert len(call.messages) == 2 and call.messages[0] == SYSTEM


def test_finish_may_be_among_the_tools(echo):
    _, (call,) = run("react", ["Action: finish[1]"], tools={"echo": echo, "finish": echo}, builder=bare_build)
    assert call.messages[0].content == asked(ITEM.question, {"echo": "says it again"}) and not echo.given


def test_the_case_of_a_tool_does_not_matter(echo):
    told = outcome("react", ["Action: ECHO[7]", "Action: Finish[12]"], tools={"Echo": echo})
    assert echo.given == ["7"] and told.response == "The answer is 12."


def test_an_answer_in_words_stays_as_it_is(echo):
    assert outcome("react", ["Action: finish[The answer is 12]"], tools={"echo": echo}).response == (
        "The answer is 12"
    )


@pytest.mark.parametrize(
    ("said", "problem", "told"),
    [
        ("It must be 12.", "malformed", "Action: tool[input]"),
        ("Action: finish[]", "malformed", "finish[answer]"),
        ("Action: oracle[12]", "unknown tool", "There is no tool oracle"),
        ("Action: echo[fail]", "failed", "It cannot."),
    ],
)
def test_what_cannot_be_done_is_observed_and_may_be_mended(echo, said, problem, told):
    finished, calls = run("react", [said, "Action: finish[12]"], tools={"echo": echo})
    first = finished.outcome.details["steps"][0]
    assert first["problem"] == problem and told in first["observation"]
    assert calls[1].messages[-1] == Message("user", observed(first["observation"]))
    assert finished.outcome.response == "The answer is 12."


@pytest.mark.parametrize("said", ["It must be 12.", "Action: oracle[12]"])
def test_what_is_accepted_names_the_tools(echo, said):
    told = outcome("react", [said, "Action: finish[12]"], tools={"echo": echo, "finish": echo})
    assert "The tools are: echo, finish." in told.details["steps"][0]["observation"]


@pytest.mark.parametrize("said", ["Action: echo[7]", "I do not know."])
def test_a_loop_is_told_once_and_then_ends(echo, said):
    finished, calls = run("react", lambda call: said, tools={"echo": echo})
    steps = finished.outcome.details["steps"]
    assert len(calls) == 3 and finished.outcome.details["ended"] == "loop"
    assert steps[1]["problem"] == steps[2]["problem"] == "repeated"
    assert steps[1]["observation"].startswith("You did just this before")
    assert len(echo.given) <= 1 and finished.outcome.response == ""


def test_another_call_after_the_warning_goes_on(echo):
    script = ["Action: echo[7]", "Action: echo[7]", "Action: echo[8]", "Action: finish[12]"]
    told = outcome("react", script, tools={"echo": echo})
    assert told.details["ended"] == "finish" and echo.given == ["7", "8"]
    assert "<7>" in told.details["steps"][1]["observation"]


def test_steps_are_limited(echo):
    finished, calls = run(
        "react", lambda call: f"Action: echo[{len(call.messages)}]", tools={"echo": echo}, steps=4
    )
    assert len(calls) == 4 == registry.most("react", registry.settings("react", {"steps": 4})).calls
    assert finished.outcome.details["ended"] == "steps" and finished.outcome.response == ""


def test_a_long_result_is_cut(echo):
    told = outcome(
        "react", [f"Action: echo[{'long' * 100}]", "Action: finish[1]"], tools={"echo": echo}, observation=80
    )
    assert len(told.details["steps"][0]["observation"]) == 80


def test_a_tool_that_breaks_ends_its_item_alone(echo):
    finished, _ = run("react", ["Action: echo[break]"], tools={"echo": echo})
    assert "RuntimeError" in finished.error and "inside" not in finished.error


def test_there_must_be_a_tool():
    with pytest.raises(SpecError, match="at least one tool"):
        registry.begun("react", asking("react"))
