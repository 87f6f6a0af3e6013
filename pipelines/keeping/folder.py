"""A folder that outlives this machine's disk, such as a mounted bucket.

Each file is written whole beside its place, flushed, and renamed: a reader finds the old one or the new.
There is no journal that is appended to: a bucket has no such write, and a vote that was withdrawn must go.
"""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pipelines.keeping.source import Content, PlaceError


class FolderPlace:
    """``root`` must be there: what stands where a mount is missing is the disk that is lost at a restart."""

    def __init__(self, root: Path):
        self.name, self._root = "the mounted folder", Path(root)

    def names(self) -> list[str]:
        with self._told("read"):
            return [str(one.relative_to(self._root).as_posix()) for one in self._files(self._root)]

    def fetch(self, names: Sequence[str], into: Path) -> None:
        with self._told("read"):
            for name in names:
                target = into / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(self._root / name, target)

    def commit(self, changes: Mapping[str, Content], message: str) -> None:
        with self._told("written"):
            for name, content in changes.items():
                place = self._root / name
                _remove(place) if content is None else _write(place, content)

    def _files(self, folder: Path) -> Iterator[Path]:
        return (one for one in sorted(folder.rglob("*")) if one.is_file() and one.name[0] != ".")

    @contextmanager
    def _told(self, done: str) -> Iterator[None]:
        if not self._root.is_dir():
            raise PlaceError(f"{self.name} is not there: mount it where GLASSWORKS_KEEP says")
        try:
            yield
        except OSError as error:
            raise PlaceError(f"{self.name} could not be {done}: {error.strerror or error}") from error


def _write(place: Path, content: bytes | Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    beside = place.with_name(f".{place.name}.{os.getpid()}.tmp")
    try:
        with beside.open("wb") as out:
            if isinstance(content, bytes):
                out.write(content)
            else:
                with content.open("rb") as source:
                    shutil.copyfileobj(source, out, 1 << 20)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)
    _flush(place.parent)


def _remove(place: Path) -> None:
    """The top files of a folder first: what says that it is whole is one of them."""
    if place.is_dir():
        for file in sorted(place.rglob("*"), key=lambda one: len(one.parts)):
            if not file.is_dir():
                file.unlink(missing_ok=True)
        shutil.rmtree(place, ignore_errors=True)
    else:
        place.unlink(missing_ok=True)
    if place.parent.is_dir():
        _flush(place.parent)


def _flush(folder: Path) -> None:
    """A rename is on the disk when its folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
