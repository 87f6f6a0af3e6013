"""What an encoder reads of a row, and what it is asked there: for the check and the page, without torch. The
tokens are those of the lessons in :mod:`pipelines.training.tuning.encoders`, and a test compares them.

=============== ==================================== ==================================================
row             windows                              learnt
=============== ==================================== ==================================================
``Labelled``    one: the text, or both texts         no token: the label is one of the whole
``Tagged``      one: the words with spaces between   the first piece of each word
``Answered``    question + context, as many as the   the tokens of the answer, where the window has it
                context needs, overlapping
``Plain``       as many as the text needs            any token of the text: which are hidden is drawn
=============== ==================================== ==================================================
"""

from collections.abc import Sequence
from typing import Any

from pipelines.common.spans import first_pieces
from pipelines.core.errors import GlassworksError
from pipelines.training.rows.examples import Answered, Example, Labelled, Plain, Tagged
from pipelines.training.tuning.encode import Encoded, check_unicode, special_ids

_STRIDE = 0.25  # of a window: what it shares with the next


def windows(example: Example, tokenizer: Any, max_length: int) -> tuple[Encoded, ...]:
    """One or more. Raises :class:`GlassworksError` for a row that no encoder learns from, for text that is no
    valid Unicode, and where a question leaves no room for its context."""
    makers = {Labelled: _labelled, Tagged: _tagged, Answered: _answered, Plain: _plain}
    if type(example) not in makers:
        raise GlassworksError(f"An encoder does not learn from rows of the kind {type(example).__name__}.")
    check_unicode(example)
    return makers[type(example)](example, tokenizer, max_length)


def _labelled(example: Labelled, tokenizer: Any, max_length: int) -> tuple[Encoded, ...]:
    texts = (example.text, example.second) if example.second else (example.text,)
    encoding, cut = _within(tokenizer, texts, max_length)
    ids = tuple(encoding["input_ids"])
    return (Encoded(ids, (False,) * len(ids), cut),)


def _tagged(example: Tagged, tokenizer: Any, max_length: int) -> tuple[Encoded, ...]:
    encoding, cut = _within(tokenizer, (" ".join(example.words),), max_length)
    firsts = set(first_pieces(_places(example.words), encoding["offset_mapping"]))
    ids = tuple(encoding["input_ids"])
    return (Encoded(ids, tuple(place in firsts for place in range(len(ids))), cut),)


def _within(tokenizer: Any, texts: tuple[str, ...], max_length: int) -> tuple[Any, int]:
    """The encoding of a text or a pair, cut to so many tokens, and how many were cut."""
    how = {"return_offsets_mapping": True, "verbose": False}
    encoding = tokenizer(*texts, **how)
    over = len(encoding["input_ids"]) - max_length
    if over <= 0:
        return encoding, 0
    return tokenizer(*texts, truncation=True, max_length=max_length, **how), over


def _answered(example: Answered, tokenizer: Any, max_length: int) -> tuple[Encoded, ...]:
    question = _cut(tokenizer, example.question, max_length // 2)
    room = max_length - len(tokenizer(question, "")["input_ids"])
    if room < 4:
        raise GlassworksError(
            f"With at most {max_length} tokens the question leaves no room for its context."
        )
    encoding = tokenizer(
        question,
        example.context,
        truncation="only_second",
        max_length=max_length,
        stride=min(int(max_length * _STRIDE), room // 2),
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )
    return tuple(_window(example, encoding, place) for place in range(len(encoding["input_ids"])))


def _window(example: Answered, encoding: Any, place: int) -> Encoded:
    """The first answer that the window has whole."""
    ids, offsets = tuple(encoding["input_ids"][place]), encoding["offset_mapping"][place]
    inside = [i for i, part in enumerate(encoding.sequence_ids(place)) if part == 1]
    for answer, start in zip(example.answers, example.starts, strict=True):
        end = start + len(answer)
        hit = [i for i in inside if offsets[i][0] < end and offsets[i][1] > start]
        if hit and offsets[hit[0]][0] <= start and offsets[hit[-1]][1] >= end:
            return Encoded(ids, tuple(hit[0] <= i <= hit[-1] for i in range(len(ids))))
    return Encoded(ids, (False,) * len(ids))


def _plain(example: Plain, tokenizer: Any, max_length: int) -> tuple[Encoded, ...]:
    special = special_ids(tokenizer)
    encoding = tokenizer(example.text, truncation=True, max_length=max_length, return_overflowing_tokens=True)
    return tuple(Encoded(tuple(ids), tuple(i not in special for i in ids)) for ids in encoding["input_ids"])


def _cut(tokenizer: Any, text: str, most: int) -> str:
    """The text up to so many tokens."""
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    offsets = encoding["offset_mapping"]
    return text if len(offsets) <= most else text[: offsets[most - 1][1]]


def _places(words: Sequence[str]) -> list[tuple[int, int]]:
    """The characters of each word where one space stands between two."""
    found, at = [], 0
    for word in words:
        found.append((at, at + len(word)))
        at += len(word) + 1
    return found
