"""Prompts and answers as lists of messages, and as one text in Anthropic's way. Standard library only."""

import re
from itertools import takewhile
from typing import Any

from pipelines.preferences.formats.base import RowFault, kind_of, sound
from pipelines.preferences.records import Message

Messages = tuple[Message, ...]
_MOST = 200  # messages of one conversation
_KEYS = (("role", "content"), ("from", "value"))
_ROLES = {
    "system": "system", "developer": "system",
    "user": "user", "human": "user",
    "assistant": "assistant", "gpt": "assistant", "model": "assistant", "bot": "assistant",
    "tool": "tool", "observation": "tool", "function": "tool",
}  # fmt: skip
_SPEAKER = re.compile(r"(?:\A\s*|\n\n)(Human|Assistant):[ ]?")
_NAMES = {"user": "Human", "assistant": "Assistant"}
_LAST_WORD = re.compile(r"\s\S*\Z")


def are_messages(value: Any) -> bool:
    """One message or a list of them, in either way of writing."""
    items = [value] if isinstance(value, dict) else value
    return isinstance(items, list) and bool(items) and all(_keys(item) for item in items)


def messages(value: Any, name: str) -> Messages:
    """Raises :class:`RowFault`."""
    items = [value] if isinstance(value, dict) else value
    if not isinstance(items, list) or not items:
        raise RowFault(
            f'{name} as a list of messages, each {{"role": …, "content": …}}, not {kind_of(value)}'
        )
    if len(items) > _MOST:
        raise RowFault(f"{name} of at most {_MOST} messages, not {len(items)}")
    return tuple(_message(item, f"message {place} of {name}") for place, item in enumerate(items, 1))


def answer(said: Messages, prompt: Messages, name: str) -> str:
    """The one message after the prompt, which may come again before it. Raises :class:`RowFault`."""
    rest = said[len(prompt) :] if prompt and said[: len(prompt)] == prompt else said
    if len(rest) != 1 or rest[0].role != "assistant":
        raise RowFault(f"{name} as one message of the assistant after the prompt")
    return rest[0].content


def parted(chosen: Messages, rejected: Messages) -> tuple[Messages, str, str]:
    """(prompt, chosen, rejected): all messages but the last are the prompt. Raises :class:`RowFault`."""
    if chosen[:-1] != rejected[:-1] or not chosen[:-1]:
        raise RowFault("chosen and rejected as one conversation that differs in its last message alone")
    prompt = chosen[:-1]
    return prompt, answer(chosen, prompt, "chosen"), answer(rejected, prompt, "rejected")


def parted_texts(chosen: str, rejected: str) -> tuple[Messages, str, str]:
    """The same of plain texts: what both begin with, in whole words, is the prompt. Raises
    :class:`RowFault`."""
    both = takewhile(lambda pair: pair[0] == pair[1], zip(chosen, rejected, strict=False))
    shared = "".join(letter for letter, _ in both)
    at = last.start() if (last := _LAST_WORD.search(shared)) else 0
    if not shared[:at].strip():
        raise RowFault("a prompt; chosen and rejected have none in common either")
    return asked(shared[:at]), chosen[at:], rejected[at:]


def written(said: Messages) -> list[dict[str, str]]:
    """OpenAI's way, which TRL takes over."""
    return [{"role": one.role, "content": one.content} for one in said]


def as_text(prompt: Messages) -> str:
    """A prompt as one text: that of the user as it is, several messages as a dialogue in which the assistant
    is to speak next.

    >>> as_text((Message("user", "Hi"), Message("assistant", "Hello."), Message("user", "Bye")))
    '\\n\\nHuman: Hi\\n\\nAssistant: Hello.\\n\\nHuman: Bye\\n\\nAssistant:'
    """
    turns = _with_system(prompt)
    if len(turns) == 1 and turns[0].role == "user":
        return turns[0].content
    return dialogue(prompt) + "\n\nAssistant:"


def asked(text: str) -> Messages:
    """The messages of a prompt in one text, the reverse of :func:`as_text`."""
    turns = undialogue(text)
    if len(turns) > 1 and turns[-1] == Message("assistant", ""):
        return turns[:-1]
    return (Message("user", text),)


def dialogue(said: Messages) -> str:
    """Anthropic's way; what the system says stands at the head of the user's first turn."""
    return "".join(f"\n\n{_NAMES.get(one.role, 'Human')}: {one.content}" for one in _with_system(said))


def undialogue(text: str) -> Messages:
    """The turns of such a text; none for another text.

    >>> undialogue("\\n\\nHuman: Hi\\n\\nAssistant: Hello.")
    (Message(role='user', content='Hi'), Message(role='assistant', content='Hello.'))
    """
    before, *turns = _SPEAKER.split(text)
    if before.strip() or turns[:1] != ["Human"]:
        return ()
    roles = {name: role for role, name in _NAMES.items()}
    return tuple(Message(roles[who], content) for who, content in zip(turns[::2], turns[1::2], strict=True))


def _with_system(said: Messages) -> Messages:
    """No message of the system: its words begin the user's first turn, or are one."""
    rules = [one.content for one in said if one.role == "system"]
    turns = [one for one in said if one.role != "system"]
    if not rules:
        return tuple(turns)
    first = next((place for place, one in enumerate(turns) if one.role == "user"), None)
    if first is None:
        return (Message("user", "\n\n".join(rules)), *turns)
    turns[first] = Message("user", "\n\n".join([*rules, turns[first].content]))
    return tuple(turns)


def _message(item: Any, where: str) -> Message:
    keys = _keys(item)
    if keys is None:
        raise RowFault(f'{where} as {{"role": …, "content": …}} (or "from" and "value")')
    who, said = item[keys[0]], item[keys[1]]
    role = _ROLES.get(who.strip().lower()) if isinstance(who, str) else None
    if role is None:
        raise RowFault(f"{where} from system, user, assistant or tool (human, gpt)")
    if not isinstance(said, str):
        raise RowFault(f"{where} with a text, not {kind_of(said)}")
    return Message(role, sound(said, where))


def _keys(item: Any) -> tuple[str, str] | None:
    if not isinstance(item, dict):
        return None
    return next((keys for keys in _KEYS if all(key in item for key in keys)), None)
