"""Whose characters are whose in a rendered conversation, and which of them the assistant is trained on.

A template is a program: what it writes carries no origin. Three things tell it. The messages rendered once
more with private-use characters around their texts show where each text stands. A rendering of the first
messages that is also the beginning of the whole shows where a message ends. And the first message said again
after another shows what the template writes before it there, so that what stands before that at the
beginning is no message's. All are believed only where they agree with the rendering itself. Knows no tokens.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from pipelines.tokenization.chat_process import Rendered
from pipelines.tokenization.conversation import Conversation, text_parts, with_text

CONTENT, TEMPLATE, PROMPT = "content", "template", "prompt"
ASSISTANT = "assistant"
CUT = "\U000ffffd "  # ends in a space, so that a template that trims shows it
_FIRST_MARK = 0xF0000
_NOBODY, _PROMPT = -1, -2

Interval = tuple[int, int]


@dataclass(frozen=True)
class RoleSpan:
    """Characters ``start`` to ``end`` − 1. ``message`` is the message's place, −1 for what is no message's.

    ``part`` is ``content`` (what the message says), ``template`` (what the template writes around it) or
    ``prompt`` (the generation prompt). ``role`` is empty where the template's own text is nobody's.
    """

    start: int
    end: int
    role: str
    message: int
    part: str


@dataclass(frozen=True)
class Places:
    """``contents[i]`` are the intervals of message i's texts; ``starts[i]`` is where a generation prompt
    before message i would end and ``ends[i]`` where message i ends; None where nothing tells. What stands
    before ``opening`` belongs to no message."""

    contents: tuple[tuple[Interval, ...], ...]
    starts: tuple[int | None, ...]
    ends: tuple[int | None, ...]
    opening: int


def marked_messages(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages with a pair of private-use characters around each text, inside its white space: a template
    that trims texts then trims these alike."""
    found = []
    for number, message in enumerate(messages):
        for place, text in text_parts(message):
            core = text.strip()
            if core:
                before, after = text.split(core, 1) if core != text else ("", "")
                message = with_text(
                    message, place, f"{before}{_mark(number, 0)}{core}{_mark(number, 1)}{after}"
                )
        found.append(message)
    return found


def prefixes_of(count: int) -> list[tuple[int, bool]]:
    """What to measure for ``count`` messages: each beginning as it is, then each with a generation prompt."""
    return [(i + 1, False) for i in range(count)] + [(i, True) for i in range(count)]


def repeated_first(messages: Sequence[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """The first message with one after it, and these two with the first once more, marked."""
    first = messages[0]
    role = "user" if first["role"] in (ASSISTANT, "system") else ASSISTANT
    twice = marked_messages([first, {"role": role, "content": "x"}, first])
    return [twice[:2], twice]


def find_places(rendered: Rendered, count: int, bos: str) -> Places:
    """Where the ``count`` messages stand in the text, from what was rendered for comparison."""
    ends = [_whole(pair) for pair in rendered.measured[:count]]
    starts = [_whole(pair) for pair in rendered.measured[count:]]
    for i in range(1, count):  # what comes after something ends no sooner
        if ends[i] is not None and ends[i - 1] is not None and ends[i] < ends[i - 1]:
            ends[i] = None
    contents = _contents(rendered, count)
    opening = len(bos) if bos and rendered.text.startswith(bos) else 0
    if contents[0]:
        opening = max(opening, _first_start(rendered, contents[0][0][0]) or 0)
    return Places(contents, tuple(starts), tuple(ends), opening)


def role_spans(text: str, conversation: Conversation, places: Places) -> tuple[RoleSpan, ...]:
    """The whole text in spans, in order and without gaps."""
    owner = np.full(len(text), _NOBODY, dtype=np.int32)
    said = np.zeros(len(text), dtype=bool)
    for number in range(len(conversation.messages)):
        start, end = _region(places, number)
        owner[start:end] = number
    last = places.ends[-1]
    if conversation.add_generation_prompt and last is not None:
        owner[last:] = _PROMPT
    for number, intervals in enumerate(places.contents):
        for start, end in intervals:
            owner[start:end], said[start:end] = number, True
    changes = np.flatnonzero((np.diff(owner) != 0) | (np.diff(said) != 0)) + 1
    edges = [0, *changes.tolist(), len(text)] if text else []
    return tuple(
        _span(start, end, int(owner[start]), bool(said[start]), conversation)
        for start, end in pairwise(edges)
    )


def assistant_spans(
    text: str, conversation: Conversation, places: Places
) -> tuple[tuple[Interval, ...], bool]:
    """What the assistant's messages add after their generation prompt, and whether all of it comes from
    comparing beginnings; where those say nothing, a message's own text is taken."""
    spans, compared = [], True
    for number, message in enumerate(conversation.messages):
        if message["role"] != ASSISTANT:
            continue
        said = places.contents[number]
        start, end = _start(text, places, number), places.ends[number]
        if end is None and conversation.continue_final_message and number + 1 == len(conversation.messages):
            end = len(text)
        compared &= start is not None and end is not None
        start = said[0][0] if start is None and said else start
        end = said[-1][1] if end is None and said else end
        if start is not None and end is not None and start < end:
            spans.append((start, end))
    return tuple(spans), compared


def _start(text: str, places: Places, number: int) -> int | None:
    """Where the assistant begins to speak: after the generation prompt; without one, after the message
    before, unless the template writes something between that and the text."""
    before = places.ends[number - 1] if number else places.opening
    prompted, said = places.starts[number], places.contents[number]
    if prompted is not None and (before is None or prompted > before):
        return prompted
    if before is None or not said or (not text[before : said[0][0]].isspace() and before != said[0][0]):
        return None
    return before


def _region(places: Places, number: int) -> Interval:
    """All that message ``number`` takes up, as far as known."""
    said = places.contents[number]
    start = places.ends[number - 1] if number else places.opening
    end = places.ends[number]
    if start is None:
        start = said[0][0] if said else end
    if end is None:
        end = said[-1][1] if said else start
    return (start, end) if start is not None and end is not None and start <= end else (0, 0)


def _contents(rendered: Rendered, count: int) -> tuple[tuple[Interval, ...], ...]:
    """From the marked rendering, which without its marks must begin as the text does."""
    plain, found = _read(rendered.marked or "", count)
    if not plain.startswith(rendered.text):
        return tuple(() for _ in found)
    end = len(rendered.text)
    return tuple(tuple((a, min(b, end)) for a, b in intervals if a < min(b, end)) for intervals in found)


def _first_start(rendered: Rendered, content: int) -> int | None:
    """Where the first message begins, whose text begins at ``content``: as much before that as the template
    writes before the same message when it comes third. None where what stands there is another text."""
    two, three = rendered.asides if all(rendered.asides) and rendered.asides else ("", "")
    (plain_two, _), (plain, found) = _read(two, 3), _read(three, 3)
    before = rendered.text[:content]
    if not (found[0] and found[2] and plain.startswith(plain_two) and plain[: found[0][0][0]] == before):
        return None
    header = plain[len(plain_two) : found[2][0][0]]
    return content - len(header) if before.endswith(header) else None


def _read(marked: str, count: int) -> tuple[str, list[list[Interval]]]:
    """The text without the marks of ``count`` messages, and where between them each message's texts stand."""
    found: list[list[Interval]] = [[] for _ in range(count)]
    plain, opened = [], {}
    for character in marked:
        number, closes = divmod(ord(character) - _FIRST_MARK, 2)
        if not 0 <= number < count:
            plain.append(character)
        elif not closes:
            opened[number] = len(plain)
        elif number in opened:
            found[number].append((opened.pop(number), len(plain)))
    return "".join(plain), found


def _mark(number: int, closes: int) -> str:
    return chr(_FIRST_MARK + 2 * number + closes)


def _whole(measured: Interval | None) -> int | None:
    """The length of a beginning that the whole text has too."""
    return measured[0] if measured is not None and measured[0] == measured[1] else None


def _span(start: int, end: int, owner: int, said: bool, conversation: Conversation) -> RoleSpan:
    if owner == _PROMPT:
        return RoleSpan(start, end, ASSISTANT, -1, PROMPT)
    role = conversation.messages[owner]["role"] if owner >= 0 else ""
    return RoleSpan(start, end, role, owner, CONTENT if said else TEMPLATE)
