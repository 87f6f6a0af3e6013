"""Bytes to text: by the byte order mark, else UTF-8, else Windows-1252, which every byte can be. Standard
library and core only."""

import codecs
import re
from typing import BinaryIO

from pipelines.core.errors import GlassworksError
from pipelines.rag.documents.draft import Draft

_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SAMPLE = 100_000
_CONTROLS = re.compile("[\0-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")  # but escape, with which logs are coloured
_COLOURS = re.compile("\x1b\\[[0-9;]*[A-Za-z]")
_CONTROLS_SHARE = 0.05


def text_of(source: BinaryIO, draft: Draft, named: str = "") -> str:
    """The file's text; ``named`` is the encoding that the file says it has. What had to be guessed becomes a
    note of the draft. Raises :class:`GlassworksError` for a file too long or that is no text."""
    most = 4 * draft.limits.characters  # bytes of UTF-8 at most
    data = source.read(most + 1)
    if len(data) > most:
        raise GlassworksError(
            f"it is longer than the {draft.limits.characters:,} characters accepted; split it."
        )
    text, note = decoded(data, named)
    if note:
        draft.note(note)
    sample = text[:_SAMPLE]
    if len(_CONTROLS.findall(sample)) > _CONTROLS_SHARE * len(sample):
        raise GlassworksError("it holds no text but other data; its name's end may be wrong.")
    return _COLOURS.sub("", text)


def decoded(data: bytes, named: str = "") -> tuple[str, str]:
    """(text, what to know about it).

    >>> decoded("naïve".encode("cp1252"))
    ('naïve', 'Not UTF-8; read as Windows-1252.')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _tolerant(data, encoding)
    for encoding in filter(None, (named, _sixteen(data), "utf-8")):
        try:
            return data.decode(encoding), ""
        except (UnicodeError, LookupError):
            continue
    return data.decode("cp1252", "replace"), "Not UTF-8; read as Windows-1252."


def _tolerant(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), ""
    except UnicodeError:
        return data.decode(encoding, "replace"), "Some bytes are damaged and were replaced by �."


def _sixteen(data: bytes) -> str:
    """UTF-16 without its mark: in most scripts' texts every other byte of many is zero."""
    sample = data[:2000]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if max(even, odd) * 4 < len(sample) or min(even, odd):
        return ""
    return "utf-16-be" if even else "utf-16-le"
