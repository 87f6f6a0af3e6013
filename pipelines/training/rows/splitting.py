"""Rows to learn from and rows to measure on. Standard library only."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from typing import Any

from pipelines.training.rows.examples import Asked, Example, Labelled, Message, Pair, Rated, Tagged
from pipelines.training.rows.table import BadRowsError


def split(
    examples: Sequence[Example], share: float, seed: int
) -> tuple[tuple[Example, ...], tuple[Example, ...]]:
    """(training, validation), each in the order of the rows; the validation has ``share`` of the different
    contents, rounded, one at least.

    Rows of equal content (white space and case aside; for labelled and tagged rows the texts alone, for
    preferences the prompt alone) are never on both sides. The same rows, share and seed give the same split,
    in whatever order the rows come.
    Labelled rows are held out in about equal shares of each label, and a label is never held out whole.

    Raises :class:`BadRowsError` when there are no two different contents.
    """
    groups: dict[str, list[Example]] = defaultdict(list)
    contents = [_content(example) for example in examples]
    for content, example in zip(contents, examples, strict=True):
        groups[content].append(example)
    if len(groups) < 2:
        same = (
            f"{len(examples)} rows with the same content" if len(examples) > 1 else f"{len(examples)} row(s)"
        )
        raise BadRowsError(
            f"There are {same}; two different ones are needed, one to learn from and one to measure on."
        )
    held = _held_out(_by_label(groups), share, seed)
    sides: tuple[list[Example], list[Example]] = ([], [])
    for content, example in zip(contents, examples, strict=True):
        sides[content in held].append(example)
    return tuple(sides[0]), tuple(sides[1])


def _content(example: Example) -> str:
    """What makes two rows the same: a digest, as there may be a million."""
    if isinstance(example, Labelled):
        parts: tuple = (example.text, example.second)
    elif isinstance(example, Tagged):
        parts = example.words
    elif isinstance(example, (Pair, Rated, Asked)):
        parts = (example.prompt,)
    else:
        parts = tuple(getattr(example, field.name) for field in fields(example) if field.name != "row")
    alike = "\0".join(" ".join(text.split()).casefold() for text in _texts(parts))
    return hashlib.blake2b(alike.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        for item in value:
            yield from _texts(item)
    elif isinstance(value, Message):
        yield from (value.role, value.content)
    else:
        yield str(value)


def _by_label(groups: dict[str, list[Example]]) -> dict[str, list[str]]:
    """Label → contents; all in one for rows without labels."""
    strata: dict[str, list[str]] = defaultdict(list)
    for content, same in groups.items():
        strata[min(getattr(example, "label", "") for example in same)].append(content)
    return strata


def _held_out(strata: dict[str, list[str]], share: float, seed: int) -> set[str]:
    total = sum(map(len, strata.values()))
    wanted = min(total - 1, max(1, round(share * total)))
    counts = _shared_out({label: len(contents) for label, contents in strata.items()}, share, wanted)
    if not any(counts.values()):  # no label has two rows: any row will do
        return set(_drawn((c for contents in strata.values() for c in contents), wanted, seed))
    return {
        content for label, contents in strata.items() for content in _drawn(contents, counts[label], seed)
    }


def _shared_out(sizes: dict[str, int], share: float, wanted: int) -> dict[str, int]:
    """How many of each label to hold out: its share rounded down, and what is still wanted to those that lost
    most by it; always fewer than there are."""
    counts = {label: min(int(share * size), size - 1) for label, size in sizes.items()}
    by_loss = sorted(sizes, key=lambda label: (int(share * sizes[label]) - share * sizes[label], label))
    for label in by_loss:
        if sum(counts.values()) < wanted and counts[label] < sizes[label] - 1:
            counts[label] += 1
    return counts


def _drawn(contents: Iterable[str], count: int, seed: int) -> list[str]:
    """By a hash of seed and content, so that other rows have no say in it."""
    return sorted(contents, key=lambda c: hashlib.blake2b(f"{seed}:{c}".encode()).digest())[:count]
