"""Arrays on their way to the browser, and as files: JSON of compressed bytes. No Gradio.

``glassworks.unpack`` in ``assets/js/attention_data.js`` makes typed arrays of them again.

>>> pack(np.array([[1, 2]], np.uint8))["shape"]
[1, 2]
"""

import zlib
from base64 import b64decode, b64encode
from typing import Any

import numpy as np

DTYPES = ("bool", "uint8", "int8", "uint16", "int32", "float32")


def pack(array: np.ndarray, level: int = 6) -> dict[str, Any]:
    """``{dtype, shape, data}``, ``data`` being base64 of zlib of the array's bytes in C order: first the
    lowest byte of every number, then the next of every number, for alike bytes compress better together."""
    if array.dtype.name not in DTYPES:
        raise TypeError(f"{array.dtype.name} does not cross to the browser; {', '.join(DTYPES)} do")
    plain = np.ascontiguousarray(array.astype(array.dtype.newbyteorder("<"), copy=False))
    planes = plain.reshape(-1).view(np.uint8).reshape(-1, plain.itemsize).T
    data = b64encode(zlib.compress(planes.tobytes(), level)).decode("ascii")
    return {"dtype": array.dtype.name, "shape": list(array.shape), "data": data}


def unpack(packed: dict[str, Any]) -> np.ndarray:
    """The array again, as the browser reads it."""
    kind = np.dtype(packed["dtype"]).newbyteorder("<")
    planes = np.frombuffer(zlib.decompress(b64decode(packed["data"])), np.uint8)
    whole = planes.reshape(kind.itemsize, -1).T
    return np.ascontiguousarray(whole).reshape(-1).view(kind).reshape(packed["shape"])
