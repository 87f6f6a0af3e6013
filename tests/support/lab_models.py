"""A model of the prompt lab that is a function, for runs without weights."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from pipelines.prompting.calling.caller import Check, Done, settings_of, unchecked, unheard
from pipelines.prompting.calls import Call, Reply, Text


class ScriptedModel:
    """Answers a call with what ``say`` makes of it, five tokens to a prompt of eleven, and counts in
    ``asked`` how often it was asked what."""

    exact = True

    def __init__(self, name: str, say: Callable[[Call], str], asked: Counter | None = None):
        self.name, self._say = name, say
        self.asked: Counter = Counter() if asked is None else asked

    def answer(
        self, calls: Sequence[Call], check: Check = unchecked, done: Done = unheard
    ) -> tuple[Reply, ...]:
        replies = []
        for number, call in enumerate(calls):
            check()
            self.asked[json.dumps(self.told(call), sort_keys=True)] += 1
            replies.append(Reply((Text(self._say(call), 5, "end"),) * call.samples, 11, 0.5))
            done(number, replies[-1])
        return tuple(replies)

    def count(self, call: Call) -> int:
        return 11

    def told(self, call: Call) -> dict[str, Any]:
        read = [[message.role, message.content] for message in call.messages]
        return {"model": self.name, "read": read, **settings_of(call)}


def seven(call: Call) -> str:
    """Everything is 7; in the words of ReAct where a step is asked for."""
    return "Thought: Done.\nAction: finish[7]" if call.purpose == "step" else "The answer is 7."


def opened(say: Callable[[Call], str] = seven, asked: Counter | None = None) -> Callable[..., ScriptedModel]:
    """What a lab's job takes for ``open``."""
    return lambda name, _settings: ScriptedModel(name, say, asked)
