"""A conversation as chat templates take it: messages, tools, and how it is to end. Standard library only.

Knows nothing of templates or tokens. What a visitor sends becomes a :class:`Conversation` here or is refused.
"""

import json
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError

MAX_MESSAGES, MAX_CHARACTERS, MAX_DEPTH = 200, 200_000, 12
_MAX_ROLE = 40
_MESSAGES = (
    f"a list of 1 to {MAX_MESSAGES} messages such as "
    '{"role": "user", "content": "Hello"}, all in JSON and in valid Unicode'
)
_TOOLS = "a list of JSON schemas, one object for each tool"
_REASONING = ("reasoning_content", "thinking", "reasoning")  # the names under which templates look for it


@dataclass(frozen=True)
class Conversation:
    """``messages`` each have a ``role`` and mostly a ``content``: text, or a list of ``{"type": "text",
    "text": …}``. ``add_generation_prompt`` lets the rendering end where the assistant begins to answer;
    ``continue_final_message`` lets it end inside the last message, for the model to go on from there.

    Raises :class:`SpecError` for what is no conversation, or too long for one.
    """

    messages: tuple[dict[str, Any], ...]
    tools: tuple[dict[str, Any], ...] = ()
    add_generation_prompt: bool = False
    continue_final_message: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "messages", _listed("messages", self.messages, _MESSAGES))
        object.__setattr__(self, "tools", _listed("tools", self.tools, _TOOLS))
        if not 1 <= len(self.messages) <= MAX_MESSAGES:
            raise SpecError("messages", f"{len(self.messages)} messages", _MESSAGES)
        for message in self.messages:
            _check_message(message)
        _check_size("tools", self.tools, _TOOLS)
        _check_size("messages", self.messages, _MESSAGES)
        for flag in ("add_generation_prompt", "continue_final_message"):
            if not isinstance(getattr(self, flag), bool):
                raise SpecError(flag, getattr(self, flag), "true or false")
        self._check_ending()

    def _check_ending(self) -> None:
        if not self.continue_final_message:
            return
        if self.add_generation_prompt:
            raise SpecError(
                "continue_final_message",
                True,
                "false beside add_generation_prompt: one goes on with a message, the other begins one",
            )
        if last_text(self.messages[-1]) is None:
            raise SpecError("continue_final_message", True, "a last message with text to go on from")

    @property
    def template_messages(self) -> list[dict[str, Any]]:
        """As templates get them: fields that are null left out, reasoning under each name that is in use."""
        found = []
        for message in self.messages:
            given = {key: value for key, value in message.items() if value is not None}
            reasoning = next((given[name] for name in _REASONING if name in given), None)
            if reasoning is not None:
                given = {"thinking": reasoning, **given, "reasoning_content": reasoning}
            found.append(given)
        return found


def text_parts(message: dict[str, Any]) -> list[tuple[int | None, str]]:
    """(place in the list of parts, or None for plain text; text) for each text of a message's content."""
    content = message.get("content")
    if isinstance(content, str):
        return [(None, content)]
    parts = content if isinstance(content, list) else []
    return [(i, p["text"]) for i, p in enumerate(parts) if isinstance(p, dict) and _is_text(p.get("text"))]


def with_text(message: dict[str, Any], place: int | None, text: str) -> dict[str, Any]:
    """The message with one of its :func:`text_parts` replaced."""
    if place is None:
        return {**message, "content": text}
    parts = list(message["content"])
    parts[place] = {**parts[place], "text": text}
    return {**message, "content": parts}


def last_text(message: dict[str, Any]) -> tuple[int | None, str] | None:
    """The last of a message's :func:`text_parts`; None where it has none."""
    return next(iter(reversed(text_parts(message))), None)


def _listed(field: str, value: Any, accepted: str) -> tuple[dict[str, Any], ...]:
    if not isinstance(value, (list, tuple)) or not all(isinstance(entry, dict) for entry in value):
        raise SpecError(field, value, accepted)
    return tuple(value)


def _check_message(message: dict[str, Any]) -> None:
    role = message.get("role")
    if not isinstance(role, str) or not 0 < len(role) <= _MAX_ROLE:
        raise SpecError("role", role, f"a text of 1 to {_MAX_ROLE} characters, such as 'user' or 'assistant'")
    if not isinstance(message.get("content"), (str, list, type(None))):
        raise SpecError("content", message["content"], "a text, or a list of parts of which some have a text")


def _check_size(field: str, value: tuple[dict[str, Any], ...], accepted: str) -> None:
    if _depth(value) > MAX_DEPTH:
        raise SpecError(field, "something deeper", f"{accepted}, nested at most {MAX_DEPTH} deep")
    try:
        size = len(json.dumps(value, ensure_ascii=False, allow_nan=False).encode("utf-8").decode("utf-8"))
    except (TypeError, ValueError):  # no JSON, or a lone surrogate
        raise SpecError(field, value, accepted) from None
    if size > MAX_CHARACTERS:
        raise SpecError(field, f"{size:,} characters", f"at most {MAX_CHARACTERS:,} characters in all")


def _depth(value: Any, so_far: int = 0) -> int:
    """Levels of nesting; looks no deeper than matters."""
    if so_far > MAX_DEPTH or not isinstance(value, (dict, list, tuple)):
        return so_far
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(entry, so_far + 1) for entry in inner), default=so_far + 1)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
