"""ReAct (Yao et al. 2023, "ReAct: Synergizing Reasoning and Acting in Language Models"): the model thinks,
calls a tool, hears the result, and so on until it finishes.

The words are those of :mod:`pipelines.prompting.tools.words`. The model stops before it makes up a result of
its own. A step that cannot be read, a tool that does not exist and a call made before get an answer that says
so; a second repetition is the end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Message, Program
from pipelines.prompting.strategies.asking import Asker, Asking, Most, Tool, said, words
from pipelines.prompting.tools.parsing import Malformed, parse
from pipelines.prompting.tools.words import FINISH, OBSERVATION, asked, observed, step

STOP = "\n" + OBSERVATION.rstrip(":")


@dataclass(frozen=True)
class Settings:
    instruction: str = words("", "Instruction", "Stands with the question, besides the words of ReAct.")
    steps: int = knob(
        6,
        label="Steps",
        low=1,
        high=20,
        step=1,
        help="So many at most; without an answer by then there is none.",
    )
    observation: int = knob(
        1000, label="Characters of a result", low=80, high=10_000, step=1, advanced=True,
        help="What a tool returns beyond it is cut off.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)

    def most(self) -> Most:
        return Most(self.steps, self.steps, self.steps)


def program(asking: Asking) -> Program:
    ask, settings = Asker(asking, "react"), asking.settings
    tools = {name: tool for name, tool in asking.tools.items() if name.casefold() != FINISH}
    told = asked(asking.item.question, {name: tool.does for name, tool in tools.items()})
    talk = asking.build(settings.instruction, False, told, shots=0)
    walk = _Walk(tools, settings.observation)
    for _ in range(settings.steps):
        (reply,) = yield (ask(talk, "step", stop=(STOP,)),)
        taken = walk.take(reply.text)
        ask.read(taken["parsed"])
        if walk.ended:
            break
        talk = (*talk, said(reply.text), Message("user", observed(taken["observation"])))
    return ask.outcome(walk.response, steps=walk.steps, ended=walk.ended or "steps")


@dataclass
class _Walk:
    """The steps so far. ``ended`` is ``finish`` or ``loop`` once it is over."""

    tools: Mapping[str, Tool]
    most: int
    steps: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[tuple[str, str], str] = field(default_factory=dict)
    repeated: bool = False
    response: str = ""
    ended: str = ""

    def take(self, text: str) -> dict[str, Any]:
        """The step with what is observed: ``problem`` is empty, ``malformed``, ``unknown tool``, ``repeated``
        or ``failed``."""
        read = parse(text)
        if isinstance(read, Malformed):
            taken = {"thought": "", "tool": "", "given": text.strip(), "parsed": "malformed"}
        else:
            taken = {"thought": read.thought, "tool": read.tool, "given": read.given}
            taken["parsed"] = f"{read.tool}[{read.given}]"
        observation, problem = self._observed(taken, read)
        taken |= {"text": text, "observation": self._cut(observation), "problem": problem}
        self.steps.append(taken)
        return taken

    def _observed(self, taken: dict[str, Any], read: Any) -> tuple[str, str]:
        done = (taken["tool"], taken["given"])
        if done in self.seen:
            return self._again(done)
        if isinstance(read, Malformed):
            observation, problem = f"{read.reason}\n{self._accepted()}", "malformed"
        elif read.tool.casefold() == FINISH and read.given.strip():
            self._finish(read.given.strip())
            return "", ""
        elif read.tool.casefold() == FINISH:
            observation, problem = f"The answer is missing: {FINISH}[answer].", "malformed"
        else:
            observation, problem = self._called(read.tool, read.given)
        self.seen[done] = observation
        return observation, problem

    def _called(self, name: str, given: str) -> tuple[str, str]:
        tool = {one.casefold(): tool for one, tool in self.tools.items()}.get(name.casefold())
        if tool is None:
            return f"There is no tool {name}. {self._accepted()}", "unknown tool"
        try:
            return tool(given), ""
        except GlassworksError as error:
            return str(error), "failed"

    def _again(self, done: tuple[str, str]) -> tuple[str, str]:
        """The first repetition is told what came of it before; the second ends."""
        if self.repeated:
            self.ended = "loop"
            return "", "repeated"
        self.repeated = True
        before = self.seen[done]
        return f"You did just this before, and the result was: {before}\nDo something else.", "repeated"

    def _finish(self, answer: str) -> None:
        """In the words by which strict extraction knows an answer."""
        self.ended = "finish"
        self.response = answer if "answer is" in answer.lower() else f"The answer is {answer.rstrip('.')}."

    def _accepted(self) -> str:
        listed = ", ".join((*self.tools, FINISH))
        return f"Write a step so:\n{step('what to do next', 'tool', 'input')}\nThe tools are: {listed}."

    def _cut(self, text: str) -> str:
        return text if len(text) <= self.most else text[: self.most - 2] + " …"
