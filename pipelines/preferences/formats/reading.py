"""Files of pairs and votes, our own and foreign ones: JSON lines, or a JSON list. Pure; bounded in size."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.preferences.formats.base import Answered, Format, Row, kind_of
from pipelines.preferences.formats.carried import COLUMN, unpacked
from pipelines.preferences.records import Pair, Vote
from pipelines.preferences.specs import MAX_PAIRS

MAX_CHARACTERS = 100_000_000
MAX_LINE = 50_000_000  # of one line, or of a list as a whole
MAX_VOTES = 50 * MAX_PAIRS
_OBJECTS = "JSON lines, an object each, or a JSON list of objects"
_ROWS = 10  # of one pair: two of KTO, and what was edited


def read_text(text: str, formats: Sequence[Format]) -> tuple[tuple[Pair, ...], tuple[Vote, ...]]:
    """Each row is of the first format that it fits. Raises :class:`SpecError`."""
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
        size = f"{len(text):,} characters" if isinstance(text, str) else kind_of(text)
        raise SpecError("file", size, f"a text of at most {MAX_CHARACTERS:,} characters")
    found = _Found([], [])
    foreign: dict[str, list[Row]] = {}
    for count, row in enumerate(_rows(text)):
        if count > _ROWS * MAX_PAIRS:
            raise SpecError("file", "more rows", f"at most {_ROWS * MAX_PAIRS:,} rows")
        if row.values.get(COLUMN) is None:
            foreign.setdefault(_format_of(row, formats).name, []).append(row)
            continue
        with row.faults_placed():
            for pair, told in unpacked(row.values[COLUMN]):
                found.add(pair, told)
    for format in formats:
        for number, (_, one) in enumerate(format.read(foreign.get(format.name, []))):
            found.add(*_records(one, format.name, number))
    if not found.pairs:
        raise SpecError("file", "no pair", f"a file with a pair at least: {_OBJECTS}")
    if len({pair.id for pair in found.pairs}) < len(found.pairs):
        raise SpecError("file", "a pair that is there twice", "each pair once")
    return tuple(found.pairs), tuple(found.votes)


@dataclass(frozen=True)
class _Found:
    """What was read so far. It ends where it is too much: a small file can say a lot."""

    pairs: list[Pair]
    votes: list[Vote]

    def add(self, pair: Pair, votes: list[Vote]) -> None:
        self.pairs.append(pair)
        self.votes.extend(votes)
        if len(self.pairs) > MAX_PAIRS or len(self.votes) > MAX_VOTES:
            most = f"at most {MAX_PAIRS:,} pairs and {MAX_VOTES:,} votes"
            raise SpecError("file", "more of them", most)


def _records(one: Answered, format: str, number: int) -> tuple[Pair, list[Vote]]:
    """Ids follow from what is there, so that the same file gives the same ones."""
    id = _id(format, str(number), one.text_a, one.text_b)
    pair = Pair(id, "", one.prompt, one.text_a, one.text_b, origin=format, extra=one.extra)
    votes = []
    for place, said in enumerate(one.said):
        who = said.annotator or f"import:{format}" + (f":{place}" if place else "")
        name = "" if said.annotator else f"imported, {format}"
        vote = _id(id, str(place), who)
        votes.append(Vote(vote, id, who, said.choice, said.kind, name, note=said.note, edited=said.edited))
    return pair, votes


def _id(*parts: str) -> str:
    packed = json.dumps(parts).encode()
    return hashlib.blake2b(packed, digest_size=6).hexdigest()


def _format_of(row: Row, formats: Sequence[Format]) -> Format:
    found = next((format for format in formats if format.fits(row.values)), None)
    if found is None:
        accepted = "; or ".join(f"{format.accepted} ({format.title})" for format in formats)
        raise SpecError(row.where, sorted(row.values), accepted)
    return found


def _rows(text: str) -> Iterator[Row]:
    text = text.removeprefix("\ufeff")
    if text.lstrip()[:1] == "[":
        items = _parsed(text, lambda line: f"line {line}")
        return (_row(item, f"item {number}") for number, item in enumerate(items, 1))
    lines = enumerate(text.split("\n"), 1)  # not splitlines: a text may hold other ends of lines
    return (_row(_parsed(line, lambda _, n=n: f"line {n}"), f"line {n}") for n, line in lines if line.strip())


def _parsed(text: str, where: Callable[[int], str]) -> Any:
    if len(text) > MAX_LINE:
        raise SpecError(where(1), f"{len(text):,} characters", f"at most {MAX_LINE:,} characters")
    try:
        return json.loads(text)
    except json.JSONDecodeError as fault:
        raise SpecError(where(fault.lineno), text[fault.pos :][:20], _OBJECTS) from None
    except (ValueError, RecursionError):
        raise SpecError(where(1), "what nests too deep", _OBJECTS) from None


def _row(value: Any, where: str) -> Row:
    if not isinstance(value, Mapping):
        raise SpecError(where, kind_of(value), _OBJECTS)
    return Row(where, value)
