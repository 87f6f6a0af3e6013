"""Messages for a server that makes a context of them itself, in the place of that context."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

_VLLM = {"continue_final_message": True, "add_generation_prompt": False}
_ORDER = "Begin your answer with exactly these words, and go on from there:"


class Conversation(str):
    """Passed on as it is, a context by its messages. With a text added to it, its answer begins so."""

    messages: tuple[dict[str, str], ...]
    begun: str

    @classmethod
    def of(cls, messages: Sequence[Mapping[str, str]], begun: str = "") -> "Conversation":
        told = tuple(dict(message) for message in messages)
        made = cls(f"{json.dumps(told, ensure_ascii=False)}{begun}")
        made.messages, made.begun = told, begun
        return made

    def __add__(self, text: str) -> "Conversation":
        return self.of(self.messages, self.begun + text)

    def body(self, way: str) -> dict[str, Any]:
        """Fields of a request for a chat. ``way`` is the endpoint's own of going on with an answer that has
        begun (:class:`~pipelines.models.endpoints.Endpoint`)."""
        said = list(self.messages)
        if not self.begun:
            return {"messages": said}
        if way == "instruction":
            last = said[-1]["content"]
            said[-1] = {**said[-1], "content": f"{last}\n\n{_ORDER}\n{self.begun}"}
            return {"messages": said}
        body: dict[str, Any] = {"messages": [*said, {"role": "assistant", "content": self.begun}]}
        return body | {"extra_body": _VLLM} if way == "vllm" else body

    def rest(self, answer: str) -> str:
        """Without what it was to begin with, where a server says that again."""
        begun = self.begun.strip()
        if begun and answer.lstrip().startswith(begun):
            return answer.lstrip()[len(begun) :]
        return answer
