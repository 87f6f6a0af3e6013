"""Several answers to one prompt with a number each, as in UltraFeedback: every two make a pair, in which
the higher number wins. Read only.
"""

from collections.abc import Iterator
from itertools import combinations
from typing import Any

from pipelines.preferences.formats.base import (
    Answered,
    Format,
    RowFault,
    Said,
    Values,
    each,
    others,
    sound,
    text,
)
from pipelines.preferences.formats.dialogues import are_messages, asked, messages
from pipelines.preferences.records import Choice

_ANSWERS = ("responses", "completions", "generations", "answers")
_NUMBERS = ("ratings", "scores")
_MOST = 16  # answers to one prompt; each with each is a pair


def _read(values: Values) -> Iterator[Answered]:
    answers, numbers = _columns(values)
    said, given = values[answers], values[numbers]
    if len(said) != len(given) or not 2 <= len(said) <= _MOST:
        raise RowFault(f"2 to {_MOST} {answers} with a number each in {numbers}")
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in given):
        raise RowFault(f"{numbers} as numbers")
    if not all(isinstance(one, str) for one in said):
        raise RowFault(f"{answers} as texts")
    texts = [sound(one, answers) for one in said]
    prompt = values.get("prompt")
    prompt = messages(prompt, "prompt") if are_messages(prompt) else asked(text(values, "prompt"))
    extra = others(values, "prompt", answers, numbers)
    for (one, first), (other, second) in combinations(zip(texts, given, strict=True), 2):
        choice = Choice.A if first > second else Choice.B if second > first else Choice.TIE
        yield Answered(prompt, one, other, (Said(choice),), extra)


def _columns(values: Values) -> tuple[str, str] | None:
    names: list[Any] = [
        next((name for name in known if isinstance(values.get(name), list)), None)
        for known in (_ANSWERS, _NUMBERS)
    ]
    return tuple(names) if all(names) else None


FORMAT = Format(
    name="rated",
    title="Rated answers",
    accepted="prompt, responses (a list of texts) and ratings (a number for each)",
    fits=lambda values: _columns(values) is not None,
    read=each(_read),
)
