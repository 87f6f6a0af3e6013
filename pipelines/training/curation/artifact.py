"""A cleaned corpus on disk: the kept documents and the report of what was done. Standard library only.

The folder holds ``corpus.jsonl.gz`` (one ``{"text": …}`` a line) and ``report.json``. It appears by a rename,
so it is whole or absent.
"""

import gzip
import io
import json
import os
import shutil
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.files import read_json, write_json
from pipelines.training.curation.statistics import Statistics

CORPUS, REPORT = "corpus.jsonl.gz", "report.json"
_LEVEL = 5


class BrokenCorpusError(GlassworksError):
    """A cleaned corpus that cannot be read; the message says what is missing or damaged."""


@dataclass(frozen=True)
class Example:
    """The start of a removed document and why it went; ``like`` is the start of the kept one it repeats."""

    text: str
    why: str
    like: str = ""


@dataclass(frozen=True)
class Removed:
    """What one step took out."""

    name: str
    label: str
    documents: int
    characters: int
    examples: tuple[Example, ...]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Removed":
        return cls(**{**values, "examples": tuple(Example(**e) for e in values["examples"])})


@dataclass(frozen=True)
class Report:
    """``read`` and ``kept`` measure the corpus before and after; ``removed`` has one entry for each step that
    was on, in their order. ``ended`` is ``end``, ``limit`` or ``stopped``: why no more was read. ``preview``
    holds the first kept documents, cut."""

    name: str
    corpus: str
    spec: dict[str, Any]
    read: Statistics
    kept: Statistics
    removed: tuple[Removed, ...]
    ended: str
    seconds: float
    created: float
    preview: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Report":
        parts = {side: Statistics.from_dict(values[side]) for side in ("read", "kept")}
        removed = tuple(Removed.from_dict(entry) for entry in values["removed"])
        return cls(**{**values, **parts, "removed": removed, "preview": tuple(values["preview"])})


class CorpusWriter:
    """Takes the kept documents; then :meth:`read_back` those that the report shows, and :meth:`finish`."""

    def __init__(self, beside: Path, place: Path):
        self._beside, self._place = beside, place
        self._open = ExitStack()
        self.add = self._open.enter_context(packed(beside / CORPUS))

    def close(self) -> None:
        self._open.close()

    def read_back(self, numbers: set[int]) -> dict[int, str]:
        """The written documents of these numbers (from 0), read from the disk."""
        self.close()
        if not numbers:
            return {}
        with gzip.open(self._beside / CORPUS, "rt", encoding="utf-8") as source:
            rows = enumerate(islice(source, max(numbers) + 1))
            return {number: json.loads(line)["text"] for number, line in rows if number in numbers}

    def finish(self, report: Report) -> None:
        self.close()
        write_json(self._beside / REPORT, report.to_dict())
        shutil.rmtree(self._place, ignore_errors=True)
        os.replace(self._beside, self._place)


@contextmanager
def packed(file: Path) -> Iterator[Callable[[str], None]]:
    """A function that appends a document to a gzipped file of JSON lines.

    No name and no time stand in its header: the same documents give the same bytes.
    """
    with (
        file.open("wb") as raw,
        gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0) as zipped,
        io.TextIOWrapper(zipped, "utf-8", "replace", newline="\n") as out,
    ):

        def add(text: str) -> None:
            out.write(json.dumps({"text": text}, ensure_ascii=False) + "\n")

        yield add


@contextmanager
def writing(place: Path) -> Iterator[CorpusWriter]:
    """A writer for the corpus folder ``place``. Without ``finish`` nothing stays."""
    beside = place.with_name(f".{place.name}.new")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    writer = CorpusWriter(beside, place)
    try:
        yield writer
    finally:
        writer.close()
        shutil.rmtree(beside, ignore_errors=True)


def check_corpus(folder: Path) -> None:
    """Raise :class:`BrokenCorpusError` unless the folder holds a cleaned corpus with its report."""
    read_report(folder)
    try:
        with gzip.open(Path(folder) / CORPUS, "rt", encoding="utf-8") as source:
            text = json.loads(source.readline(1 << 26))["text"]
    except (OSError, EOFError, ValueError, KeyError, TypeError, zlib.error):
        raise BrokenCorpusError("The cleaned corpus is missing or was not written to the end.") from None
    if not isinstance(text, str):
        raise BrokenCorpusError("The cleaned corpus holds no text.")


def read_report(folder: Path) -> Report:
    """The report of the corpus in ``folder``; raises :class:`BrokenCorpusError`."""
    try:
        return Report.from_dict(read_json(Path(folder) / REPORT))
    except (TypeError, KeyError, ValueError, AttributeError):
        raise BrokenCorpusError("report.json of the cleaned corpus is missing or damaged.") from None
