"""Models that follow a script, for the strategies of the prompt lab: from a call to what it brings."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.prompting.calls import Call, Item, Message, Outcome, Reply, Text
from pipelines.prompting.strategies import registry
from pipelines.prompting.strategies.asking import Asking, Decoding
from pipelines.prompting.strategies.driving import Finished, drive

ITEM = Item("apples-1", "Tom has 7 apples and finds 5. How many apples?", "12")
SYSTEM, EXAMPLES = (
    Message("system", "Be brief."),
    (Message("user", "1 + 1?"), Message("assistant", "2")),
)

Said = str | Text | Reply | Sequence[str | Text]


def build(
    instruction: str, with_rationales: bool, question: str | None, shots: int | None = None
) -> tuple[Message, ...]:
    """A system message, an example, and the question with the instruction behind it."""
    examples = (
        (Message("user", "1 + 1?"), Message("assistant", "One and one: 2")) if with_rationales else EXAMPLES
    )
    last = " ".join(filter(None, (question or ITEM.question, instruction)))
    return (SYSTEM, *(() if shots == 0 else examples), Message("user", last))


def bare_build(
    instruction: str, with_rationales: bool, question: str | None, shots: int | None = None
) -> tuple[Message, ...]:
    """The question with the instruction alone."""
    return build(instruction, with_rationales, question)[-1:]


def number(response: str) -> str:
    """The last number of a response."""
    words = "".join(c if c.isdigit() else " " for c in response).split()
    return words[-1] if words else ""


def asking(name: str, *, item: Item = ITEM, builder=build, tools=None, decoding=None, **settings) -> Asking:
    chosen = registry.settings(name, settings)
    return Asking(item, builder, chosen, decoding or Decoding(), number, tools or {})


def reply(said: Said, samples: int = 1) -> Reply:
    if isinstance(said, Reply):
        return said
    texts = [said] * samples if isinstance(said, str | Text) else said
    told = tuple(one if isinstance(one, Text) else Text(one, len(one.split()), "end") for one in texts)
    return Reply(told, prompt_tokens=10, seconds=0.5)


@dataclass
class Scripted:
    """Answers by ``script``: a function of the call, or what it says in turn. ``calls`` are those it got."""

    script: Callable[[Call], Said] | list[Said]
    calls: list[Call] = field(default_factory=list)

    def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        said = self.script(call) if callable(self.script) else self.script[len(self.calls) - 1]
        return reply(said, call.samples)


def run(name: str, script: Any, **given: Any) -> tuple[Finished, list[Call]]:
    """A strategy on :data:`ITEM`, and the calls that it made."""
    model = Scripted(script)
    return drive(registry.begun(name, asking(name, **given)), model), model.calls


def outcome(name: str, script: Any, **given: Any) -> Outcome:
    finished, _ = run(name, script, **given)
    assert not finished.error
    return finished.outcome
