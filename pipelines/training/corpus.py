"""Documents out of text files: .txt, .md, .jsonl, each also gzipped, or a folder of them.

Reads as a stream, so that a file larger than memory (or a gzip bomb) costs time but no memory. Knows
nothing about tokens, uploads or visitors. Standard library only.
"""

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from pipelines.common.bounded import PEEK_BYTES, BadFileError, faults_named, opened
from pipelines.core.errors import NotFoundError

END_OF_TEXT = "<|endoftext|>"
SUFFIXES = (".txt", ".md", ".jsonl", ".gz")
ACCEPTED = ".txt, .md or .jsonl (each also as .gz), in UTF-8"
FIELDS = ("text", "content", "story")
GATHER_CHARS = 2_000
_LINE_CHARS = 1 << 16  # a longer line of plain text is cut here, so that no line can fill the memory
_JSON_CHARS = 1 << 24


class BadCorpusError(BadFileError):
    """The file cannot be read as a corpus; the message says what is accepted."""


def documents(path: Path, max_bytes: int | None = None) -> Iterator[str]:
    """The documents of a file or of all files below a folder, in the order of their names, none empty.

    Plain text is split at ``<|endoftext|>`` if that occurs near its beginning, else at blank lines, with
    paragraphs gathered to about 2,000 characters. ``max_bytes`` bounds what one file may unpack to.

    Raises :class:`BadCorpusError` for a file that is binary, damaged, or holds no text at all.
    """
    for file in files_of(path):
        found = False
        for text in _file_documents(file, max_bytes):
            found = True
            yield text
        if not found:
            raise BadCorpusError(f"{file.name} holds no text; give a file with some sentences in it.")


def files_of(path: Path) -> list[Path]:
    """The corpus files at ``path``: itself, or what lies below it."""
    if path.is_file():
        return [path]
    if not path.exists():
        raise NotFoundError(f"There is no file or folder {path.name!r} to read a corpus from.")
    files = sorted(f for f in path.rglob("*") if f.is_file() and f.suffix.lower() in SUFFIXES)
    if not files:
        raise BadCorpusError(f"The folder {path.name!r} holds no corpus files; accepted are {ACCEPTED}.")
    return files


def _file_documents(file: Path, max_bytes: int | None) -> Iterator[str]:
    with faults_named(file, BadCorpusError), opened(file, max_bytes, BadCorpusError) as raw:
        head = raw.peek(PEEK_BYTES)[:PEEK_BYTES]
        if b"\0" in head:
            raise BadCorpusError(f"{file.name} is not a text file; accepted are {ACCEPTED}.")
        text = io.TextIOWrapper(raw, encoding="utf-8-sig")
        kind = _json_lines if _is_jsonl(file, head) else _plain
        yield from kind(text, file.name, END_OF_TEXT.encode() in head)


def _is_jsonl(file: Path, head: bytes) -> bool:
    """By name; a bare ``x.gz`` by its first line."""
    suffixes = [s.lower() for s in file.suffixes]
    if ".jsonl" in suffixes[-2:]:
        return True
    return suffixes[-1:] == [".gz"] and ".txt" not in suffixes and head.lstrip().startswith(b'{"')


def _json_lines(source: TextIO, name: str, _: bool) -> Iterator[str]:
    for number, line in enumerate(_lines(source, _JSON_CHARS), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            raise BadCorpusError(
                f"Line {number} of {name} is not JSON; each line must be one object."
            ) from None
        text = _field(row)
        if text is None:
            wanted = ", ".join(repr(f) for f in FIELDS)
            raise BadCorpusError(
                f"Line {number} of {name} has no text; it needs a field named one of {wanted}."
            )
        if text.strip():
            yield text.strip()


def _field(row: object) -> str | None:
    if not isinstance(row, dict):
        return None
    return next((row[f] for f in FIELDS if isinstance(row.get(f), str)), None)


def _plain(source: TextIO, name: str, marked: bool) -> Iterator[str]:
    """Documents of plain text; ``marked`` says that only ``<|endoftext|>`` separates them."""
    held, size = [], 0
    for line in _lines(source, _LINE_CHARS):
        *whole, line = line.split(END_OF_TEXT)
        for end in whole:
            yield from _joined([*held, end])
            held, size = [], 0
        full = (size >= GATHER_CHARS and not line.strip()) or size >= _LINE_CHARS
        if full and not marked:
            yield from _joined(held)
            held, size = [], 0
        held.append(line)
        size += len(line)
    yield from _joined(held)


def _joined(parts: list[str]) -> Iterator[str]:
    text = "".join(parts).strip()
    if text:
        yield text


def _lines(source: TextIO, limit: int) -> Iterator[str]:
    while line := source.readline(limit):
        yield line
