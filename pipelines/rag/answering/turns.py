"""The turns of a conversation as clients send them, and the latest of them. Standard library and core
only."""

from collections.abc import Sequence
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.rag.answering.requests import MAX_CHARS, Turn

__all__ = ["MAX_CHARS", "MAX_TURNS", "Turn", "latest", "turns_of"]

MAX_TURNS = 200
_ACCEPTED = f"a list of at most {MAX_TURNS} objects with role (user or assistant) and content"


def turns_of(history: Any) -> tuple[Turn, ...]:
    """Of what a client sends: objects with role and content, oldest first. Raises :class:`SpecError`."""
    if not isinstance(history, list | tuple) or len(history) > MAX_TURNS:
        raise SpecError("history", history, _ACCEPTED)
    return tuple(_turn(one) for one in history)


def latest(turns: Sequence[Turn], exchanges: int) -> tuple[Turn, ...]:
    """The last so many questions, each with its answer.

    >>> said = [Turn("user", "a"), Turn("assistant", "b"), Turn("user", "c")]
    >>> [turn.content for turn in latest(said, 1)], latest(said, 0)
    (['c'], ())
    """
    asked = [place for place, turn in enumerate(turns) if turn.role == "user"]
    if not exchanges or not asked:
        return ()
    return tuple(turns[asked[-exchanges:][0] :])


def _turn(one: Any) -> Turn:
    if isinstance(one, Turn):
        return one
    if not isinstance(one, dict) or not {"role", "content"} <= one.keys():
        raise SpecError("history", one, _ACCEPTED)
    return Turn(one["role"], one["content"])
