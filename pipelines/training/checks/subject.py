"""What the checks look at: the rows, and what was measured of their tokens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from pipelines.training.checks.requests import DATA, VALIDATION, Finding
from pipelines.training.rows.examples import (
    Answered,
    Asked,
    Chat,
    Completion,
    Example,
    Labelled,
    Pair,
    Plain,
    Rated,
    Tagged,
)
from pipelines.training.rows.sides import sides

_NAMED = 10  # rows that a finding names


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one row's tokens: ``length`` of the whole row, ``learnt`` and ``cut`` at the spec's ``max_length``,
    whether what is learnt ``ends`` in a token that says so, and the highest id. ``fault`` is why there are
    none."""

    length: int = 0
    learnt: int = 0
    cut: int = 0
    windows: int = 0
    ends: bool = True
    highest: int = -1
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A row, on which side it is, and from which file; ``answer`` says which of a preference's answers it is,
    where it is one alone."""

    example: Example
    held_out: bool
    file: str = DATA
    answer: str = ""

    @property
    def row(self) -> int:
        return self.example.row


@dataclass(frozen=True)
class Subject:
    """``items`` are all rows; ``facts`` those of the measured texts, by their place in ``texts``.

    ``context`` is how many tokens the base reads at once and ``vocabulary`` how many ids it knows; 0 where
    nothing says it. ``own_validation``: the held-out rows come from a file of their own. ``folder`` is where
    the tokenizer lies, and the base's weights if they have not been left elsewhere."""

    spec: Any
    tokenizer: Any
    items: tuple[Item, ...]
    facts: dict[int, Facts]
    context: int = 0
    vocabulary: int = 0
    own_validation: bool = False
    folder: Path | None = None

    def side(self, held_out: bool) -> list[Item]:
        return [item for item in self.items if item.held_out == held_out]

    @cached_property
    def texts(self) -> tuple[Item, ...]:
        """The rows as they are written for the model: of a preference each answer after its prompt."""
        return texts_in(self.items)

    def measured(self) -> Iterator[tuple[Item, Facts]]:
        return ((self.texts[place], facts) for place, facts in self.facts.items())


def texts_in(items: Iterable[Item]) -> tuple[Item, ...]:
    """A preference's answers each as an item of its own; other rows as they are."""
    return tuple(
        Item(answer, item.held_out, item.file, which)
        for item in items
        for which, answer in (sides(item.example) or {"": item.example}).items()
    )


def findings(check: str, level: str, words: str, items: Iterable[Item], mend: Any = "drop") -> list[Finding]:
    """One finding for each file that has such rows. ``{count}`` in ``words`` becomes "3 rows"; ``mend`` is
    the offer, by default to leave these rows out."""
    found = []
    items = list(items)
    for file in (DATA, VALIDATION):
        rows = sorted({item.row for item in items if item.file == file})
        if rows:
            offer = {"drop_rows": rows, "file": file} if mend == "drop" else dict(mend)
            said = words.format(count=counted(rows, file))
            found.append(Finding(check, level, said, tuple(rows[:_NAMED]), len(rows), offer, file))
    return found


def texts_of(example: Example) -> Iterator[str]:
    """All texts of a row, but for labels and tags."""
    match example:
        case Chat():
            yield from (message.content for message in example.messages)
        case Completion():
            yield from (example.prompt, example.completion)
        case Plain():
            yield example.text
        case Labelled():
            yield from (example.text, example.second)
        case Tagged():
            yield from example.words
        case Answered():
            yield from (example.question, example.context)
        case Asked():
            yield example.prompt
        case Pair() | Rated():
            for answer in sides(example).values():
                yield from texts_of(answer)


def counted(rows: list[int], file: str) -> str:
    """
    >>> counted([4], "data"), counted([1, 2], "validation")
    ('1 row', '2 rows of the validation data')
    """
    where = " of the validation data" if file == VALIDATION else ""
    return f"{len(rows):,} row{'' if len(rows) == 1 else 's'}{where}"


def cut_words(text: str, most: int = 60) -> str:
    """The text on one line, cut."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
