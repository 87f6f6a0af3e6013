"""What Chroma leaves on the disk when collections go: its own deleting frees nothing. For a folder whose
client is this process's. Standard library only.
"""

import logging
import shutil
import sqlite3
import uuid
from contextlib import closing
from pathlib import Path

_DATABASE = "chroma.sqlite3"
_WAIT_SECONDS = 5.0
_log = logging.getLogger(__name__)


def sweep(folder: Path) -> int:
    """Remove the folders of vectors that belong to no collection any more and give back the pages that the
    database does not use; returns the bytes that the disk has back."""
    if not (folder / _DATABASE).is_file():
        return 0
    before = _bytes(folder)
    used = segments(folder)
    for found in folder.iterdir():
        if found.is_dir() and _is_uuid(found.name) and found.name not in used:
            shutil.rmtree(found, ignore_errors=True)
    _vacuum(folder / _DATABASE)
    return max(0, before - _bytes(folder))


def segments(folder: Path) -> set[str]:
    """The names of the folders that belong to a collection."""
    with closing(_opened(folder / _DATABASE)) as database:
        return {name for (name,) in database.execute("SELECT id FROM segments")}


def _vacuum(file: Path) -> None:
    try:
        with closing(_opened(file)) as database:
            database.execute("VACUUM")
    except sqlite3.OperationalError:  # somebody writes: the next sweep does it
        _log.warning("the vector database is busy and is not vacuumed now")


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=_WAIT_SECONDS, isolation_level=None)


def _is_uuid(name: str) -> bool:
    try:
        return str(uuid.UUID(name)) == name
    except ValueError:
        return False


def _bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
