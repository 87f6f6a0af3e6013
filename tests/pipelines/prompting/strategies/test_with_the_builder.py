"""The strategies over the prompt builder, with its default template and with examples."""

from functools import partial

import pytest

from pipelines.prompting.calls import Item, Message
from pipelines.prompting.prompt.builder import Builder
from pipelines.prompting.prompt.spec import PromptSpec
from pipelines.prompting.strategies.registry import STRATEGIES
from pipelines.prompting.tools.words import asked
from tests.pipelines.prompting.strategies.scripts import SCRIPTS, TOOLS
from tests.support.scripted_models import ITEM, run

POOL = [Item(f"e{i}", f"What is {i} + 1?", str(i + 1), rationale=f"{i} + 1 = {i + 1}.") for i in range(4)]


def builder(**spec):
    return partial(Builder(PromptSpec(**spec), POOL).build, ITEM)


def first_message(name: str, **spec) -> str:
    _, calls = run(name, SCRIPTS[name], tools=TOOLS, builder=builder(**spec))
    return calls[0].messages[0].content


@pytest.mark.parametrize(
    ("name", "instruction"),
    [("direct", " Give only the answer."), ("cot", " Let's think step by step."), ("few_shot_cot", "")],
)
def test_the_question_with_its_instruction(name, instruction):
    assert first_message(name) == ITEM.question + instruction


def test_react_says_its_words_and_nothing_else():
    assert first_message("react", shots=2) == asked(ITEM.question, {"twice": "doubles"})


def test_worked_examples_stand_before_the_question():
    told = first_message("few_shot_cot", shots=1)
    assert told.startswith("Q: What is ") and "The answer is " in told and " = " in told
    assert told.endswith(f"\nQ: {ITEM.question}\nA:")


@pytest.mark.parametrize("name", STRATEGIES)
@pytest.mark.parametrize("placement", ["message", "turns"])
def test_only_what_answers_is_shown_examples(name, placement):
    """A judge of steps, or who splits a question, would answer it as they show."""
    prompt = builder(shots=2, placement=placement, system="Be brief.")
    finished, calls = run(name, SCRIPTS[name], tools=TOOLS, builder=prompt)
    other = {"value", "vote", "split", "step"}
    for call in calls:
        shown = "What is " in "".join(message.content for message in call.messages)
        assert shown is (call.purpose not in other), call.purpose
        assert call.messages[0] == Message("system", "Be brief.") and call.messages[-1].role == "user"
    assert not finished.error
