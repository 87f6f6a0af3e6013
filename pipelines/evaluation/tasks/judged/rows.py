"""Rows of MT-bench and of Vicuna's questions, as FastChat's files and the Hub have them. Standard library
only.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.core.errors import SpecError

MOST_TURNS = 2
Row = Mapping[str, Any]


def turns_of(row: Row) -> tuple[str, ...]:
    """The questions: ``turns``, or on the Hub ``prompt``. Raises SpecError where they are none."""
    name = "turns" if "turns" in row else "prompt"
    turns = row.get(name)
    if not _texts(turns) or len(turns) > MOST_TURNS or not all(turn.strip() for turn in turns):
        raise SpecError("turns", turns, "a list of one or two texts that are not empty")
    return tuple(turns)


def reference_of(row: Row) -> tuple[str, ...]:
    """A right answer to each question; empty where the row has none."""
    reference = row.get("reference")
    return tuple(reference) if _texts(reference) else ()


def baseline_of(row: Row) -> tuple[str, ...]:
    """Another model's answer to each question: ``baseline``, or ``choices`` as FastChat keeps answers.
    Raises SpecError where there is not one for each."""
    choices = row.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    answers = row.get("baseline", first.get("turns") if isinstance(first, Mapping) else None)
    if not _texts(answers) or len(answers) != len(turns_of(row)):
        raise SpecError("baseline", answers, "a list with an answer to each of the row's questions")
    return tuple(answers)


def _texts(value: Any) -> bool:
    return (
        isinstance(value, Sequence)
        and not isinstance(value, str)
        and bool(value)
        and all(isinstance(one, str) for one in value)
    )
