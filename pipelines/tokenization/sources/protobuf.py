"""The protocol-buffer wire format, as much as a SentencePiece model needs. Reads bytes; runs nothing.

A message is a row of fields, each a number, a wire type and a value: 0 a varint, 1 eight bytes, 2 a length
and as many bytes, 5 four bytes.
"""

import struct
from collections.abc import Iterator

from pipelines.tokenization.sources.files import ACCEPTED, TokenizerFileError

VARINT, EIGHT, BYTES, FOUR = 0, 1, 2, 5
Value = int | bytes
_MAX_VARINT = 10  # bytes


def fields(data: bytes) -> Iterator[tuple[int, Value]]:
    """(field number, value) in the order of the bytes; numbers of fixed width stay bytes.

    >>> list(fields(b"\\x08\\x96\\x01\\x12\\x02hi"))
    [(1, 150), (2, b'hi')]
    """
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        number, wire = key >> 3, key & 7
        if wire == VARINT:
            value, at = _varint(data, at)
        else:
            length, at = _length(data, at, wire)
            if at + length > end:
                raise _damaged(
                    f"field {number} is cut off: {length:,} bytes are announced, {end - at:,} follow"
                )
            value, at = data[at : at + length], at + length
        if not number:
            raise _damaged("a field has the number 0")
        yield number, value


def as_float(value: Value) -> float:
    """Four bytes as a 32-bit float; raises for a field of another type."""
    if not isinstance(value, bytes) or len(value) != 4:
        raise _damaged("a score is no 32-bit number")
    return struct.unpack("<f", value)[0]


def as_text(value: Value) -> str:
    """Bytes as UTF-8; raises for a field of another type."""
    if not isinstance(value, bytes):
        raise _damaged("a text field holds a number")
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _damaged(f"a piece is not UTF-8 ({error.reason})") from error


def as_int(value: Value) -> int:
    """A varint as a signed 64-bit number; raises for a field of another type."""
    if not isinstance(value, int):
        raise _damaged("a number field holds bytes")
    return value - (1 << 64) if value >= 1 << 63 else value


def as_message(value: Value) -> bytes:
    """Bytes of a message within; raises for a field of another type."""
    if not isinstance(value, bytes):
        raise _damaged("a message field holds a number")
    return value


def _length(data: bytes, at: int, wire: int) -> tuple[int, int]:
    if wire == BYTES:
        return _varint(data, at)
    if wire in (EIGHT, FOUR):
        return (8 if wire == EIGHT else 4), at
    raise _damaged(f"wire type {wire} does not exist")


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Seven bits a byte, the lowest first; the top bit says that more follow."""
    value = 0
    for count in range(_MAX_VARINT):
        if at + count >= len(data):
            raise _damaged("the file ends in the middle of a number")
        byte = data[at + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value & 0xFFFF_FFFF_FFFF_FFFF, at + count + 1
    raise _damaged("a number is longer than 64 bits")


def _damaged(why: str) -> TokenizerFileError:
    return TokenizerFileError(f"The file is no whole SentencePiece model: {why}. Accepted is {ACCEPTED}.")
