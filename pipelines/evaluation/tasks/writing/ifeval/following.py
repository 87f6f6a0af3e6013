"""Whether a text follows its instructions, strictly and loosely."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.evaluation.tasks.writing.ifeval.kinds import KINDS

Instruction = tuple[str, Mapping[str, Any]]  # its kind's name, what it is given


def strictly(text: str, instructions: Sequence[Instruction]) -> list[bool]:
    """Each of them, by the text as it is; an empty text follows none."""
    return [_follows(text, one) for one in instructions]


def loosely(text: str, instructions: Sequence[Instruction]) -> list[bool]:
    """Each of them, by the text or one of its readings."""
    return [any(_follows(reading, one) for reading in readings(text)) for one in instructions]


def readings(text: str) -> list[str]:
    """Without its first line (a greeting), its last one, both; each of them also without asterisks.

    >>> readings("Sure!\\n*Yes*")
    ['Sure!\\n*Yes*', 'Sure!\\nYes', '*Yes*', 'Sure!', '', 'Yes', 'Sure!', '']
    """
    lines = text.split("\n")
    less = ["\n".join(kept).strip() for kept in (lines[1:], lines[:-1], lines[1:-1])]
    return [text, text.replace("*", ""), *less, *(one.replace("*", "") for one in less)]


def _follows(text: str, instruction: Instruction) -> bool:
    name, given = instruction
    return bool(text.strip()) and KINDS[name].holds(text, given)
