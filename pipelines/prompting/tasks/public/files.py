"""The text of a file, unpacked where it is packed, never more than a bound. Whether the visitor may name the
path is the caller's business. Standard library only.
"""

from pathlib import Path

from pipelines.common.bounded import BadFileError, faults_named, opened
from pipelines.core.errors import NotFoundError


def read_bounded(path: Path, most: int) -> bytes:
    """Raises NotFoundError for no file, BadFileError for one that is too long, damaged or not to be read."""
    if not path.is_file():
        raise NotFoundError(f"There is no file {path.name!r}.")
    try:
        with faults_named(path, BadFileError), opened(path, most, BadFileError) as source:
            return source.read()
    except OSError as fault:
        raise BadFileError(f"{path.name} cannot be read: {fault.strerror or 'the disk refuses'}.") from None
