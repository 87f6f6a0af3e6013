"""Runs of the prompt lab with a function for a model: what is asked step by step is answered right, what is
asked directly only for even numbers. Texts hold HTML, as a model's may.
"""

import json
import re
from typing import Any

from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState
from pipelines.prompting.calling.caller import settings_of, unchecked, unheard
from pipelines.prompting.calls import Call, Reply, Text
from pipelines.prompting.lab.job import run
from pipelines.prompting.specs import PromptLabSpec

HOSTILE = "<img src=x onerror=alert(1)>"
_THOUGHTS = ("I add two", "I take two away", "I add two")


class Adder:
    """Answers ``Add two to 5.``"""

    exact = True

    def __init__(self, name: str):
        self.name = name

    def answer(self, calls: tuple[Call, ...], check: Any = unchecked, done: Any = unheard) -> tuple:
        replies = []
        for number, call in enumerate(calls):
            check()
            texts = tuple(self._text(call, sample) for sample in range(call.samples))
            replies.append(Reply(texts, 11, 0.25, "The server is away." if "fail" in self.name else ""))
            done(number, replies[-1])
        return tuple(replies)

    def count(self, call: Call) -> int:
        return 11

    def told(self, call: Call) -> dict[str, Any]:
        read = [[message.role, message.content] for message in call.messages]
        return {"model": self.name, "read": read, **settings_of(call)}

    def _text(self, call: Call, sample: int) -> Text:
        asked = "\n".join(message.content for message in call.messages)
        number = int(re.findall(r"Add two to (\d+)", asked)[-1])
        right = "step by step" in asked or number % 2 == 0
        answer = number + 2 if right and sample != 4 else 0
        if call.purpose == "thought":
            return Text(_THOUGHTS[sample % 3], 4, "stop")
        if call.purpose == "value":
            return Text("sure" if "add" in asked.lower().split("steps:")[-1] else "impossible", 1, "end")
        if call.purpose == "step":
            done = "Observation" in asked.split("Question:")[-1]
            action = f"finish[{answer}]" if done else f"calculator[{number} + 2]"
            return Text(f"Thought: {HOSTILE}\nAction: {action}", 9, "end")
        return Text(f"{HOSTILE} The answer is {answer}.", 7, "end")


def write_lab_run(services: Any, owner: str = "owner", state: Any = None, **changed: Any) -> str:
    """A run of six items of the visitor's own, done here and now; returns the job's id. ``state``: left so,
    whatever it came to. ``changed``: fields of its spec."""
    items = [{"question": f"{HOSTILE} Add two to {n}.", "answer": str(n + 2)} for n in range(6)]
    fields = {"task": "own", "items": json.dumps(items), "n": 6, "models": ["endpoint:a"], **changed}
    spec = PromptLabSpec.from_dict({"strategies": ["direct", "cot"], **fields})
    job = services.jobs.submit("prompt_lab", spec.to_dict(), owner=owner, title=spec.name or "Adding")
    folder = JobDir(services.settings.runs / job.id)
    with JobContext(folder, job.id) as context:
        left = run(spec, context, open=lambda name, _: Adder(name))
    folder.leave(Exit(left))
    services.jobs._store.transition(job.id, {JobState.QUEUED}, state or left)
    return job.id
