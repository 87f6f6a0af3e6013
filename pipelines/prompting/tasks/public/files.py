"""The text of a file, unpacked where it is packed, never more than a bound. Whether the visitor may name the
path is the caller's business. Standard library only.
"""

import gzip
import lzma
import zlib
from pathlib import Path

from pipelines.core.errors import GlassworksError, NotFoundError

_OPENERS = {".gz": gzip.open, ".xz": lzma.open}


def read_bounded(path: Path, most: int) -> bytes:
    """Raises NotFoundError for no file, :class:`GlassworksError` for one that is too long or damaged."""
    if not path.is_file():
        raise NotFoundError(f"There is no file {path.name!r}.")
    try:
        with _OPENERS.get(path.suffix.lower(), open)(path, "rb") as source:
            content = source.read(most + 1)
    except (EOFError, gzip.BadGzipFile, lzma.LZMAError, zlib.error):
        raise GlassworksError(f"{path.name} is damaged: it does not unpack.") from None
    except OSError as fault:
        raise GlassworksError(
            f"{path.name} cannot be read: {fault.strerror or 'the disk refuses'}."
        ) from None
    if len(content) > most:
        raise GlassworksError(f"{path.name} holds more than the {most / 1e6:g} MB that are accepted.")
    return content
