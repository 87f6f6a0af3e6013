"""What models write around a step, and what is no step."""

import random
import string

import pytest

from pipelines.prompting.tools.parsing import Action, Malformed, parse
from pipelines.prompting.tools.words import step


def read(text: str) -> tuple[str, str]:
    found = parse(text)
    assert isinstance(found, Action), found
    return found.tool, found.given


@pytest.mark.parametrize(
    ("text", "tool", "given"),
    [
        ("Thought: a\nAction: calculator[12 x 7]", "calculator", "12 x 7"),
        ("Action: Calculator [ 12 x 7 ]", "calculator", "12 x 7"),
        ("  action :  calculator[1]", "calculator", "1"),
        ("Action：calculator[1]", "calculator", "1"),
        ("Thought 1: a\nAction 1: Search[Mars]\nObservation 1: red", "search", "Mars"),
        ("**Action:** `calculator[2+2]`", "calculator", "2+2"),
        ("**Action**: calculator[2+2]", "calculator", "2+2"),
        ("Thought: now. Action: calculator[2+2]", "calculator", "2+2"),
        ("- Action: calculator[2+2]", "calculator", "2+2"),
        ('Action: calculator("12*7")', "calculator", "12*7"),
        ("Action: calculator('12*7')", "calculator", "12*7"),
        ("Action: calculator[“12*7”]", "calculator", "12*7"),
        ("Action: calculator((2+3)*4) and then", "calculator", "(2+3)*4"),
        ("Action: calculator\n[12 x 7]", "calculator", "12 x 7"),
        ("Action: calculator\nAction Input: 12 x 7\n\nNow I wait.", "calculator", "12 x 7"),
        ('Action: search\nAction Input: "Mars"\nObservation: red', "search", "Mars"),
        ("Action: python\nAction Input: a = 1\nprint(a)\nThought: b", "python", "a = 1\nprint(a)"),
        ("Action: python\nAction Input:\n```python\nprint(1)\n```\nok", "python", "print(1)"),
        ("Action: python[```\nprint(1)\n```]", "python", "print(1)"),
        ("Action: python[x = [1, 2]\nprint(x[0])]\nok", "python", "x = [1, 2]\nprint(x[0])"),
        ("Action: python[print(']')] ]", "python", "print(']')"),
        ('Action: python("a = 1\\nprint(\\"a\\")")', "python", 'a = 1\nprint("a")'),
        ('Action: python["a" + "b"]', "python", '"a" + "b"'),
        ("Action: lookup[a[1]; b] c]", "lookup", "a[1]; b"),
        ("Action: search[Who's there] it's late]", "search", "Who's there"),
        ("Action: search[the '90s] he's late", "search", "the '90s"),
        ('Action: search[5" [127 mm] pipe]', "search", '5" [127 mm] pipe'),
        ("Action: finish[]", "finish", ""),
        ("I know it.\nFinal Answer: 84\nThought: done", "finish", "84"),
    ],
)
def test_forms_that_models_write(text, tool, given):
    assert read(text) == (tool, given)


def test_the_first_action_counts_and_what_follows_is_not_read():
    text = "Thought: a\nAction: finish[yes]\nThought: b\nAction: finish[no]\nFinal Answer: no"
    assert parse(text) == Action("a", "finish", "yes")
    assert read("Final Answer: 3\nAction: calculator[2]") == ("finish", "3")
    assert read("Thought: now. Action: calculator[2]\nFinal Answer: 3") == ("calculator", "2")


def test_the_thought_is_what_stands_before():
    assert parse("First the sum.\nThen more.\nAction: calculator[1]").thought == "First the sum.\nThen more."
    assert parse("Well.\nThought: The last Observation: 3 will do.\nAction: finish[3]").thought == (
        "The last Observation: 3 will do."
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No action was found"),
        ("It must be 84.", "No action was found"),
        ("Reaction: finish[84]", "No action was found"),
        ("Thought: a\nObservation: 84\nAction: finish[84]", "Observation: is not yours to write"),
        ("Action:", "needs the name of a tool"),
        ("Action: [12 x 7]", "needs the name of a tool"),
        ("Action: calculator", "no input in brackets. Write one line: Action: calculator[input]"),
        ("Action: use the calculator[2]", "no input in brackets. Write one line: Action: tool[input]"),
        ("Action: calculator\n\n(I wait)", "no input in brackets"),
        ("Action: calculator[12 x 7", "not closed"),
        ("Action: calculator[12 x\nObservation: 84]", "not closed"),
        ("Action: lookup[a[1]", "not closed"),
    ],
)
def test_what_is_no_step_is_told_what_is_accepted(text, said):
    found = parse(text)
    assert isinstance(found, Malformed)
    assert said in found.reason and "Write one line: Action: " in found.reason


def test_a_step_in_our_own_words_is_read_back():
    chance = random.Random(5)
    letters = string.ascii_letters + string.digits + " +-*/;=.,?!"
    for _ in range(300):
        thought = "".join(chance.choices(letters, k=20)).strip()
        given = _balanced(chance, letters)
        assert parse(step(thought, "lookup", given)) == Action(thought, "lookup", given)


def _balanced(chance: random.Random, letters: str) -> str:
    inner = "".join(chance.choices(letters, k=6))
    for _ in range(chance.randrange(4)):
        inner = f"a{inner}[{''.join(chance.choices(letters, k=3))}]z"
    return f"a{inner}z"


def test_any_text_is_read_or_told():
    chance = random.Random(6)
    parts = ["Action:", "Action Input:", "Observation:", "Thought:", "Final Answer:", "calculator", "[", "]",
             "(", ")", '"', "'", '"""', "\\", "```", "\n", " ", "*", "x", "ü", "\x00", "\ud800"]  # fmt: skip
    kinds = set()
    for _ in range(3_000):
        found = parse("".join(chance.choices(parts, k=chance.randrange(25))))
        kinds.add(type(found))
        if isinstance(found, Action):
            assert found.tool and found.tool == found.tool.lower() and found.given == found.given.strip()
    assert kinds == {Action, Malformed}
