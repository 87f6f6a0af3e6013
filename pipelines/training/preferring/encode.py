"""From preferences to the tokens that are compared: prompt and answer as fine-tuning writes them, of which
the last reply alone counts. No torch.

What two answers of a pair share at their beginning is their prompt, as in TRL's trainers; where a tokenizer
joins the prompt's end with an answer's beginning, what differs belongs to the answers.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from pipelines.training.rows.examples import Chat, Completion, Pair, Rated
from pipelines.training.rows.sides import rated, sides
from pipelines.training.tuning.encode import Encoded, SpecLike, encode_whole, shortened


def encode_answer(answer: Chat | Completion, tokenizer: Any, chat_template: str = "model") -> Encoded:
    """Learnt is the last reply, with what ends it; nothing stands after it."""
    whole = encode_whole(answer, tokenizer, chat_template)
    marks = whole.trained
    end = next((i + 1 for i in reversed(range(len(marks))) if marks[i]), len(marks))
    start = next((i + 1 for i in reversed(range(end)) if not marks[i]), 0)
    learnt = any(marks)
    return Encoded(whole.input_ids[:end], tuple(learnt and place >= start for place in range(end)), whole.cut)


def encode_pair(example: Pair, tokenizer: Any, spec: SpecLike) -> tuple[Encoded, Encoded]:
    """(chosen, rejected), both with the same tokens before what is learnt. Raises as
    :func:`pipelines.training.tuning.encode.encode`."""
    both = [encode_answer(answer, tokenizer, spec.chat_template) for answer in sides(example).values()]
    shared = _shared(*both)
    chosen, rejected = (_from(encoded, shared) for encoded in both)
    return shortened(chosen, spec.max_length), shortened(rejected, spec.max_length)


def encode_rated(example: Pair | Rated, tokenizer: Any, spec: SpecLike) -> Iterator[tuple[Rated, Encoded]]:
    """A pair gives its two answers."""
    for one in rated(example):
        (answer,) = sides(one).values()
        found = encode_answer(answer, tokenizer, spec.chat_template)
        yield one, shortened(found, spec.max_length)


def _shared(one: Encoded, other: Encoded) -> int:
    """How many of the first tokens both have, none of which is learnt."""
    tokens = zip(one.input_ids, one.trained, other.input_ids, other.trained, strict=False)
    count = 0
    for ours, our_mark, theirs, their_mark in tokens:
        if ours != theirs or our_mark or their_mark:
            break
        count += 1
    return count


def _from(encoded: Encoded, start: int) -> Encoded:
    return replace(encoded, trained=tuple(place >= start for place in range(len(encoded.input_ids))))
