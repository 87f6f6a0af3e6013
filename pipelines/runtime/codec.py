"""Messages as bytes: a JSON header, then the raw memory of each array. Never pickle. Knows no sockets.

A frame is ``<u32 header length> <header> <array bytes> …``; the header is
``{"number": request number, "body": value, "arrays": [[dtype, shape], …]}``. In ``body`` plain JSON values
stand for themselves and all else is tagged:
``{"@": "tuple" | "dict" | "bytes" | "array" | <dataclass>, "v": …}``; bytes are in hexadecimal digits.
"""

import dataclasses
import json
import math
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

_LENGTH = struct.Struct("<I")
_MAX_ARRAY_BYTES = 1 << 31

Types = Mapping[str, type]


def encode(number: int, message: Any, types: Types) -> list[bytes | memoryview]:
    """The frame in pieces, to be written one after the other; raises TypeError for what cannot cross."""
    arrays: list[np.ndarray] = []
    body = _pack(message, types, arrays)
    shapes = [[array.dtype.str, list(array.shape)] for array in arrays]
    header = json.dumps({"number": number, "body": body, "arrays": shapes}).encode()
    return [
        _LENGTH.pack(len(header)),
        header,
        *(memoryview(a.reshape(-1)).cast("B") for a in arrays if a.size),
    ]


def decode(read_into: Callable[[memoryview], None], types: Types) -> tuple[int, Any]:
    """One frame; ``read_into`` fills the whole buffer it is given or raises. Returns (number, message)."""
    (length,) = _LENGTH.unpack(_read(read_into, _LENGTH.size))
    header = json.loads(_read(read_into, length))
    arrays = [_read_array(read_into, dtype, shape) for dtype, shape in header["arrays"]]
    return header["number"], _unpack(header["body"], types, arrays)


def _pack(value: Any, types: Types, arrays: list[np.ndarray]) -> Any:
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        items = [_pack(item, types, arrays) for item in value]
        return items if isinstance(value, list) else {"@": "tuple", "v": items}
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise TypeError("only dicts with text keys cross between the processes")
        return {"@": "dict", "v": {key: _pack(item, types, arrays) for key, item in value.items()}}
    if isinstance(value, bytes):
        return {"@": "bytes", "v": value.hex()}
    if isinstance(value, np.ndarray) and not value.dtype.hasobject and value.dtype.names is None:
        arrays.append(np.ascontiguousarray(value).reshape(value.shape))
        return {"@": "array", "v": len(arrays) - 1}
    name = type(value).__name__
    if types.get(name) is type(value):
        fields = {f.name: _pack(getattr(value, f.name), types, arrays) for f in dataclasses.fields(value)}
        return {"@": name, "v": fields}
    raise TypeError(f"{name} is not among the messages of pipelines.runtime.operations")


def _unpack(value: Any, types: Types, arrays: list[np.ndarray]) -> Any:
    if isinstance(value, list):
        return [_unpack(item, types, arrays) for item in value]
    if not isinstance(value, dict):
        return value
    tag, inner = value["@"], value["v"]
    if tag == "array":
        return arrays[inner]
    if tag == "bytes":
        return bytes.fromhex(inner)
    if tag == "tuple":
        return tuple(_unpack(item, types, arrays) for item in inner)
    fields = {key: _unpack(item, types, arrays) for key, item in inner.items()}
    return fields if tag == "dict" else types[tag](**fields)


def _read(read_into: Callable[[memoryview], None], size: int) -> bytearray:
    buffer = bytearray(size)
    read_into(memoryview(buffer))
    return buffer


def _read_array(read_into: Callable[[memoryview], None], dtype: str, shape: list[int]) -> np.ndarray:
    kind = np.dtype(dtype)
    if kind.hasobject or kind.itemsize * math.prod(shape) > _MAX_ARRAY_BYTES:
        raise ValueError(f"an array of {dtype} × {shape} is not accepted")
    array = np.empty(shape, kind)
    if array.size:
        read_into(memoryview(array.reshape(-1)).cast("B"))
    return array
