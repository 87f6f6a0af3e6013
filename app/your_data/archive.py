"""Files as one zip for the browser, written in pieces into a folder whose name nobody can guess. A visitor
has one such archive at a time, and none of them outlives the hour.
"""

import secrets
import shutil
import threading
import time
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

from app.your_data.kind import File
from pipelines.core.errors import ConflictError

NAME = "glassworks-your-data.zip"
LIFETIME = 3600.0  # seconds
_PATIENCE = 60.0  # so long one waits for another's archive to be written
_LEFT_FREE = 500_000_000  # bytes that must stay free on the disk
_MOMENT = (2000, 1, 1, 0, 0, 0)


class Archives:
    """``root`` says where; it is asked when the first archive is made. Safe to share between threads."""

    def __init__(self, root: Callable[[], Path]):
        self._root, self._writing = root, threading.Lock()
        self._of: dict[str, Path] = {}

    def make(self, visitor: str, files: Iterable[File], room: int) -> Path:
        """The visitor's new archive; the last one is gone. ``room`` is about how many bytes it may take:
        raises ConflictError where the disk has no place for it, or where others are being written."""
        if not self._writing.acquire(timeout=_PATIENCE):
            raise ConflictError("Other archives are being written; please try again in some minutes.")
        try:
            root = self._root()
            root.mkdir(parents=True, exist_ok=True)
            self._tidy(root, visitor)
            if shutil.disk_usage(root).free < room + _LEFT_FREE:
                raise ConflictError("There is no room on the disk for this archive; take it kind by kind.")
            self._of[visitor] = folder = root / secrets.token_hex(16)
            folder.mkdir(mode=0o700)
            return _written(files, folder)
        finally:
            self._writing.release()

    def _tidy(self, root: Path, visitor: str) -> None:
        mine = self._of.pop(visitor, None)
        for folder in root.iterdir():
            if folder == mine or folder.stat().st_mtime < time.time() - LIFETIME:
                shutil.rmtree(folder, ignore_errors=True)


def _written(files: Iterable[File], folder: Path) -> Path:
    """Whole, or not there."""
    try:
        with zipfile.ZipFile(folder / NAME, "w") as packed:
            for name, pieces in files:
                about = zipfile.ZipInfo(name, _MOMENT)
                about.compress_type = zipfile.ZIP_DEFLATED
                with packed.open(about, "w", force_zip64=True) as out:
                    for piece in pieces:
                        out.write(piece)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder / NAME
