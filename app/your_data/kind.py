"""What a kind of kept things is, and how its things become files. Knows no store."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.core.held import Held

_BLOCK = 1 << 20
_PLAIN = frozenset("-_. ()")
_NAME_CHARS = 80

File = tuple[str, Iterable[bytes]]  # its path in the archive, and its content in pieces


@dataclass(frozen=True)
class Left:
    """Something that could not be deleted now, and why."""

    what: str
    why: str


@dataclass(frozen=True)
class Gone:
    """How many things were deleted, and what is left."""

    count: int
    left: tuple[Left, ...] = ()


@dataclass(frozen=True)
class Kind:
    """Each function takes a visitor's id and sees nothing of another's. ``noun`` is of one thing; ``more``
    says in a few words what is in them, where their count does not; ``files`` are made as they are read."""

    name: str
    title: str
    noun: str
    held: Callable[[str], Held]
    files: Callable[[str], Iterator[File]]
    forget: Callable[[str], Gone]
    more: Callable[[str], str] = lambda _: ""


def lines_file(name: str, values: Iterable[Any]) -> Iterator[File]:
    """A file of JSON lines; none where there is no value."""
    lines = (json.dumps(one, ensure_ascii=True, default=str).encode() + b"\n" for one in values)
    first = next(lines, None)
    if first is not None:
        yield name, _after(first, lines)


def text_file(name: str, text: str) -> File:
    return name, (text.encode("utf-8", "replace"),)


def copied(name: str, path: Path) -> File:
    return name, _blocks(path)


def safe(name: str) -> str:
    """A file name on every system; its end, which says how it is read, is kept.

    >>> safe("../my notes?.md")
    '_my notes_.md'
    """
    plain = "".join(one if one.isalnum() or one in _PLAIN else "_" for one in name)
    return plain.lstrip(". ")[-_NAME_CHARS:].rstrip(". ") or "unnamed"


def _after(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block
