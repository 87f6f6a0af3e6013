"""What a file format of preferences is. Standard library only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.texts import is_whole
from pipelines.preferences.records import Choice, Kind, Message, Pair, Vote
from pipelines.preferences.specs import MAX_NOTE, MAX_TEXT

Values = Mapping[str, Any]


class RowFault(Exception):
    """A row that cannot be read; the words say why and what is accepted, without its line."""


@dataclass(frozen=True)
class Told:
    """A pair, its votes, and what they come to: None where nobody decided, or where it repeats another.
    ``ties`` says whether ties are wanted as rows, too."""

    pair: Pair
    votes: tuple[Vote, ...]
    choice: Choice | None
    ties: bool = False

    @property
    def sides(self) -> tuple[str, str] | None:
        """(chosen, rejected); a and b of a tie, where ties are wanted."""
        if self.choice == Choice.B:
            return self.pair.text_b, self.pair.text_a
        kept = self.choice == Choice.A or (self.choice == Choice.TIE and self.ties)
        return (self.pair.text_a, self.pair.text_b) if kept else None


@dataclass(frozen=True)
class Said:
    """A vote as a foreign file has it. Without an annotator it is the file's own word."""

    choice: Choice
    annotator: str = ""
    kind: Kind = Kind.HUMAN
    note: str = ""
    edited: str = ""


@dataclass(frozen=True)
class Answered:
    """Two answers to one prompt out of a foreign file, what was said of them, and the columns that no role
    was found for."""

    prompt: tuple[Message, ...]
    text_a: str
    text_b: str
    said: tuple[Said, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Row:
    """A row of a file; ``where`` is its line or item, from 1 on, in words."""

    where: str
    values: Values

    @contextmanager
    def faults_placed(self) -> Iterator[None]:
        """What is wrong with the row is told with its line, as a :class:`SpecError`."""
        try:
            yield
        except RowFault as fault:
            raise SpecError(self.where, sorted(self.values), str(fault)) from None


Reader = Callable[[list[Row]], Iterator[tuple[Row, Answered]]]


class Over(Enum):
    """What a better text that an annotator wrote is put above: both answers, or where each row is judged by
    itself the rejected one alone, as the chosen one is good there."""

    BOTH = "both"
    REJECTED = "rejected"


@dataclass(frozen=True)
class Format:
    """``accepted`` says what a row must have, ``fits(values)`` whether it is one of this format, and
    ``read(rows)`` gives what all of them say, each with the row where it stands; it raises
    :class:`SpecError`. ``write(told)`` gives the plain rows of a pair, none where it has nothing to say; a
    format without it is read only. ``edits`` says what an annotator's better text makes pairs with, if any.
    """

    name: str
    title: str
    accepted: str
    fits: Callable[[Values], bool]
    read: Reader
    write: Callable[[Told], Iterable[dict[str, Any]]] | None = None
    edits: Over | None = Over.BOTH


def each(read: Callable[[Values], Iterable[Answered]]) -> Reader:
    """Rows that are read one by one."""

    def read_all(rows: list[Row]) -> Iterator[tuple[Row, Answered]]:
        for row in rows:
            with row.faults_placed():
                found = list(read(row.values))
            yield from ((row, one) for one in found)

    return read_all


def text(values: Values, name: str, most: int = MAX_TEXT) -> str:
    """Raises :class:`RowFault` for what is no text, is too long, or holds half a character."""
    found = values.get(name)
    if not isinstance(found, str):
        raise RowFault(f"{name} as a text, not {kind_of(found)}")
    return sound(found, name, most)


def note(values: Values, name: str) -> str:
    """A text that may be missing, or nothing."""
    return "" if values.get(name) is None else text(values, name, MAX_NOTE)


def sound(found: str, name: str, most: int = MAX_TEXT) -> str:
    if len(found) > most:
        raise RowFault(f"{name} of at most {most:,} characters, not {len(found):,}")
    if not is_whole(found):
        raise RowFault(f"{name} in whole characters; it holds half of one (a broken emoji)")
    return found


def others(values: Values, *used: str) -> dict[str, Any]:
    """The columns that have no role."""
    return {name: value for name, value in values.items() if name not in used}


def kind_of(value: Any) -> str:
    """What a value is, for a message."""
    kinds = {bool: "true or false", str: "a text", list: "a list", dict: "an object", type(None): "nothing"}
    return kinds.get(type(value), "a number")
