"""The lines of a text file in UTF-8, numbered from 1. Knows nothing about what they hold."""

import codecs
from collections.abc import Iterator
from pathlib import Path

from pipelines.common.bounded import faults_named, opened
from pipelines.training.rows.table import BadRowsError, Limits

_LINE_FIELDS = 16  # a line may hold several texts, and escapes
_WIDE = {codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16"}


def numbered_lines(file: Path, limits: Limits) -> Iterator[tuple[int, str]]:
    """Each line with its end, read as a stream. Raises :class:`BadRowsError` that names the line."""
    longest = limits.field * _LINE_FIELDS
    with faults_named(file, BadRowsError), opened(file, limits.bytes, BadRowsError) as source:
        number = 0
        while line := source.readline(longest + 1):
            number += 1
            if len(line) > longest:
                raise BadRowsError(f"Line {number} of {file.name} is longer than {longest:,} bytes.")
            yield number, decoded(line, number, file.name)


def whole_text(file: Path, limits: Limits) -> str:
    """All of the file's text. Raises :class:`BadRowsError`."""
    return "".join(line for _, line in numbered_lines(file, limits))


def decoded(line: bytes, number: int, name: str) -> str:
    """A line as text. Raises :class:`BadRowsError` for another encoding than UTF-8 and for binary files."""
    if number == 1:
        if kind := _WIDE.get(line[:2]):
            raise BadRowsError(f"{name} is {kind} text; save it as UTF-8 and try again.")
        line = line.removeprefix(codecs.BOM_UTF8)
    if b"\0" in line:
        raise BadRowsError(f"{name} is not a text file: there is a zero byte in line {number}.")
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as fault:
        raise BadRowsError(
            f"Line {number} of {name} is not UTF-8 text (byte 0x{line[fault.start]:02x} at place "
            f"{fault.start + 1}); save the file as UTF-8 and try again."
        ) from None
