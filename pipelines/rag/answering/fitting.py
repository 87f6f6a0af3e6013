"""Which passages and earlier turns a prompt has room for. Knows no tokenizer: it is handed a function that
counts. Pure.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipelines.common.sentences import sentences_of
from pipelines.core.errors import SpecError
from pipelines.rag.answering.requests import Turn

_HISTORY = 0.25  # of what the question leaves: passages matter more than what was said before


@dataclass(frozen=True)
class Fitted:
    """The first ``whole`` passages are in the prompt, and of the next one its first ``cut`` characters;
    ``turns`` are the latest of those before."""

    whole: int
    cut: int
    turns: tuple[Turn, ...]


Count = Callable[[Sequence[str], Sequence[Turn]], int]  # passages' texts, turns → tokens


def fitted(texts: Sequence[str], turns: Sequence[Turn], count: Count, room: int | None) -> Fitted:
    """Whole passages by rank, then as many sentences of the next as fit. ``room`` is in tokens, None where
    there is no limit. Raises :class:`SpecError` where the question alone is too long."""
    if room is None:
        return Fitted(len(texts), 0, tuple(turns))
    bare = count((), ())
    if bare > room:
        raise SpecError(
            "question", f"{bare:,} tokens", f"with its instructions at most {max(0, room):,} tokens here"
        )
    for_turns = bare + int((room - bare) * _HISTORY)
    kept = _most(len(turns), lambda n: count((), turns[len(turns) - n :]) <= for_turns)
    # A turn that answers a question which is not there says little.
    before = _from_question(turns[len(turns) - kept :])
    whole = _most(len(texts), lambda n: count(texts[:n], before) <= room)
    cut = 0
    if whole < len(texts):
        last = texts[whole]

        def longest(ends: Sequence[int]) -> int:
            return ([0, *ends])[
                _most(len(ends), lambda n: count([*texts[:whole], last[: ends[n - 1]]], before) <= room)
            ]

        cut = longest([end for _, end in sentences_of(last)])
        if not whole and not cut:  # a sentence longer than the context: better a part of it than nothing
            cut = longest([found.end() for found in re.finditer(r"\S+", last)])
    return Fitted(whole, cut, before)


def room_for(context: int, max_new_tokens: int) -> int | None:
    """Tokens of a prompt, beside the answer: of a short context the answer takes half at most.

    >>> room_for(1024, 80), room_for(100, 500), room_for(0, 80)
    (944, 50, None)
    """
    return context - min(max_new_tokens, context // 2) if context else None


def _most(high: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``high`` that fits; 0 does."""
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    return low


def _from_question(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    first = next((place for place, turn in enumerate(turns) if turn.role == "user"), len(turns))
    return tuple(turns[first:])
