"""Several rated answers to one prompt, as Argilla's and UltraFeedback's data sets have them: each answer that
was rated higher than another makes a pair with it, and the difference is its margin.
"""

from collections.abc import Iterator
from itertools import combinations

from pipelines.training.rows.examples import Pair
from pipelines.training.rows.kinds.base import (
    Format,
    Role,
    RowFault,
    Values,
    is_list_of_texts,
    is_words,
    list_of,
    sound,
    unpacked,
)
from pipelines.training.rows.kinds.pairs import PROMPTS, prompted
from pipelines.training.rows.kinds.ratings import number
from pipelines.training.rows.kinds.sharegpt import SYSTEM

_MOST = 16  # answers to one prompt; each with each is a pair


def _is_numbers(value: object) -> bool:
    items = unpacked(value)
    return isinstance(items, list) and bool(items) and all(number(item) is not None for item in items)


def _build(row: int, values: Values) -> Iterator[Pair | RowFault]:
    answers, ratings = list_of(values, "responses"), [number(r) for r in list_of(values, "ratings")]
    if len(answers) != len(ratings) or None in ratings:
        raise RowFault(f"ratings are {len(ratings)} for {len(answers)} responses; a number each is accepted")
    if not all(isinstance(answer, str) for answer in answers):
        raise RowFault("responses holds something that is no text")
    if len(answers) > _MOST:
        raise RowFault(f"responses has {len(answers)} answers; at most {_MOST} are accepted")
    prompt = prompted(values)
    told = [(rating, sound(answer, "responses")) for rating, answer in zip(ratings, answers, strict=True)]
    pairs = [sorted(pair, reverse=True) for pair in combinations(told, 2) if pair[0][0] != pair[1][0]]
    if not pairs:
        raise RowFault("ratings are all the same, so no answer was preferred")
    for (more, better), (less, worse) in pairs:
        yield Pair(row, prompt, better, worse, more - less)


FORMAT = Format(
    name="rated answers of a prompt",
    title="Several rated answers",
    task="dpo",
    makes=Pair,
    roles=(
        Role("prompt", PROMPTS, is_words, "What all are answers to."),
        Role(
            "responses",
            ("responses", "generations", "completions", "answers", "candidates"),
            is_list_of_texts,
            "A list of answers.",
        ),
        Role("ratings", ("ratings", "scores", "rating"), _is_numbers, "A number for each; more is better."),
        SYSTEM,
    ),
    build=_build,
)
