"""The words of ReAct (Yao et al. 2023): how a model is told of tools, calls one and hears the result.

Each step of the model is a message of its own and each result one of the user's, so that a chat model knows
who said what. ``house/story-instruct`` was trained on these very words: they are not changed lightly.
Standard library only.
"""

from collections.abc import Mapping

ACTION, OBSERVATION, THOUGHT = "Action:", "Observation:", "Thought:"
FINISH = "finish"
_FORM = (
    "Answer the question with tools, one step at a time. Write a step so:\n"
    f"{THOUGHT} what to do next\n"
    f"{ACTION} tool[input]\n"
    f"Then wait for the {OBSERVATION.lower().rstrip(':')}. The tools are:"
)
_FINISH = "gives the answer and ends"


def instruction(tools: Mapping[str, str]) -> str:
    """What comes before the question. ``tools`` are name → what it does, in few words; *finish* comes last.

    >>> print(instruction({"calculator": "works out a sum such as 12 x 7"}).splitlines()[-2])
    - calculator: works out a sum such as 12 x 7
    """
    told = [f"- {name}: {does}" for name, does in {**tools, FINISH: _FINISH}.items()]
    return "\n".join((_FORM, *told))


def asked(question: str, tools: Mapping[str, str]) -> str:
    """The first message."""
    return f"{instruction(tools)}\nQuestion: {question}"


def step(thought: str, tool: str, given: str) -> str:
    """A step as the model is to write it.

    >>> step("First 12 x 7.", "calculator", "12 x 7")
    'Thought: First 12 x 7.\\nAction: calculator[12 x 7]'
    """
    return f"{THOUGHT} {thought}\n{ACTION} {tool}[{given}]"


def observed(result: str) -> str:
    """The message that follows a step."""
    return f"{OBSERVATION} {result}"
