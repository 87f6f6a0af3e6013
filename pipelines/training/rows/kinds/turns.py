"""Messages of a conversation out of the two common ways to write them. Standard library only."""

from typing import Any

from pipelines.training.rows.examples import ROLES, Message
from pipelines.training.rows.kinds.base import RowFault, clipped, kind_of, sound

_SPEAKERS = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "chatgpt": "assistant", "model": "assistant",
    "bot": "assistant", "ai": "assistant", "function_call": "assistant",
    "tool": "tool", "function": "tool", "observation": "tool", "function_response": "tool",
}  # fmt: skip


def messages_of(items: list, who: str, what: str) -> tuple[Message, ...]:
    """``who`` and ``what`` are the keys of the speaker and of what is said. Raises :class:`RowFault`."""
    return tuple(_message(item, f"message {place}", who, what) for place, item in enumerate(items, 1))


def _message(item: Any, where: str, who: str, what: str) -> Message:
    if not isinstance(item, dict) or who not in item:
        raise RowFault(f"{where} has no {who!r}; each is an object with {who!r} and {what!r}")
    speaker = item[who]
    role = _SPEAKERS.get(speaker.strip().lower()) if isinstance(speaker, str) else None
    if role is None:
        raise RowFault(
            f"{where} is from {clipped(str(speaker))}; accepted are {', '.join(ROLES)} (and human, gpt)"
        )
    return Message(role, sound(_said(item.get(what), where, what), where))


def _said(value: Any, where: str, what: str) -> str:
    """A text, or the texts of a list of parts as some services write them."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value:
        texts = [part.get("text") if isinstance(part, dict) else part for part in value]
        if all(isinstance(text, str) for text in texts):
            return "".join(texts)
        raise RowFault(f"{where} has parts that are no text; text alone is accepted")
    raise RowFault(f"{where} has {kind_of(value)} as {what!r}; a text is accepted")
