"""Whose the characters of a rendered chat are. A template is a program and what it writes carries no origin:
the messages are rendered once more with marks around their texts, and that is believed where, without the
marks, the same text comes out. Where not, the texts are looked for in their order. Knows no tokens. Standard
library only.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from pipelines.prompting.calls import Message

_FIRST_MARK, _LAST_MARK = 0xF0000, 0xFFFFD  # private use: no text has them


@dataclass(frozen=True)
class RoleSpan:
    """Characters ``start`` to ``end`` − 1. ``message`` is the place of the message whose text it is, and
    ``role`` who says it; −1 and empty for what the template writes."""

    start: int
    end: int
    role: str
    message: int


def role_spans(
    messages: Sequence[Message], text: str, written: Callable[[Sequence[Message]], str]
) -> tuple[RoleSpan, ...]:
    """The whole of ``text``, in order and without gaps. ``written`` renders messages to text."""
    places = _marked(messages, text, written) or _found(messages, text)
    spans, at = [], 0
    for number, start, end in places:
        spans += [RoleSpan(at, start, "", -1), RoleSpan(start, end, messages[number].role, number)]
        at = end
    spans.append(RoleSpan(at, len(text), "", -1))
    return tuple(span for span in spans if span.start < span.end)


Place = tuple[int, int, int]  # the message, its first character, the one after its last


def _marked(
    messages: Sequence[Message], text: str, written: Callable[[Sequence[Message]], str]
) -> list[Place]:
    """Empty where the marks change what is written, or a message's text stands there twice."""
    said = "".join(message.content for message in messages)
    if len(messages) > (_LAST_MARK - _FIRST_MARK) // 2 or any(map(_is_mark, said)):
        return []
    try:
        marked = written([_with_marks(message, number) for number, message in enumerate(messages)])
    except Exception:  # a template is a program and may refuse what it has not seen
        return []
    plain, places, opened = [], [], {}
    for character in marked:
        number, closes = divmod(ord(character) - _FIRST_MARK, 2)
        if not _is_mark(character):
            plain.append(character)
        elif not closes:
            opened[number] = len(plain)
        elif number in opened:
            places.append((number, opened.pop(number), len(plain)))
    whole = "".join(plain) == text and not opened
    in_order = all(one[2] <= other[1] for one, other in pairwise(places))
    return places if whole and in_order else []


def _found(messages: Sequence[Message], text: str) -> list[Place]:
    places, at = [], 0
    for number, message in enumerate(messages):
        core = message.content.strip()
        start = text.find(core, at) if core else -1
        if start >= 0:
            at = start + len(core)
            places.append((number, start, at))
    return places


def _with_marks(message: Message, number: int) -> Message:
    """Inside its white space: a template that trims texts then trims these alike."""
    core = message.content.strip()
    if not core:
        return message
    before, after = message.content.split(core, 1) if core != message.content else ("", "")
    marks = chr(_FIRST_MARK + 2 * number), chr(_FIRST_MARK + 2 * number + 1)
    return replace(message, content=f"{before}{marks[0]}{core}{marks[1]}{after}")


def _is_mark(character: str) -> bool:
    return _FIRST_MARK <= ord(character) <= _LAST_MARK
