"""Files that a visitor brought, opened with care: packed (.gz, .xz) or not, never more than a bound, and what
the standard library raises for a damaged one in words for the visitor. Standard library only.
"""

import gzip
import io
import lzma
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from pipelines.core.errors import GlassworksError

PEEK_BYTES = 1 << 20
_OPENERS = {".gz": gzip.open, ".xz": lzma.open}


class BadFileError(GlassworksError):
    """The file cannot be read; the message says what is accepted."""


@contextmanager
def faults_named(file: Path, fault: type[BadFileError]) -> Iterator[None]:
    """Raise ``fault`` in words for what the standard library raises for a damaged file."""
    try:
        yield
    except UnicodeDecodeError:
        raise fault(f"{file.name} is not UTF-8 text; save it as UTF-8 and try again.") from None
    except (gzip.BadGzipFile, lzma.LZMAError, EOFError, zlib.error):
        raise fault(f"{file.name} is damaged: it does not unpack.") from None


@contextmanager
def opened(file: Path, max_bytes: int | None, fault: type[BadFileError]) -> Iterator[io.BufferedReader]:
    """The unpacked bytes; ``fault`` is raised past the bound. Its first megabyte can be peeked at."""
    with _OPENERS.get(file.suffix.lower(), open)(file, "rb") as source:
        yield io.BufferedReader(_Bounded(source, max_bytes, file.name, fault), PEEK_BYTES)


class _Bounded(io.RawIOBase):
    """A stream that refuses to give more than a number of bytes: a small file can hold terabytes."""

    def __init__(self, source: BinaryIO, max_bytes: int | None, name: str, fault: type[BadFileError]):
        self._source, self._left, self._name, self._max = source, max_bytes, name, max_bytes
        self._fault = fault

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:
        block = self._source.read(len(buffer))
        buffer[: len(block)] = block
        if self._left is not None:
            self._left -= len(block)
            if self._left < 0:
                raise self._fault(f"{self._name} unpacks to more than {self._max / 1e6:,.0f} MB.")
        return len(block)
