"""Files that visitors brought, each in a folder ``<id>/`` with an ``info.json``. The id comes from the owner
and the content, so that the same file is stored once for each owner. Knows nothing about what is in them.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pipelines.common.bounded import BadFileError
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.files import read_json, write_json
from pipelines.core.ids import new_id

INFO = "info.json"
_BLOCK = 1 << 20
_ID = re.compile(r"[0-9a-f]{24}")
_TITLE_CHARS = 80


class Uploads:
    """The files below one folder. ``noun`` is what a message calls one; a refused file leaves nothing."""

    def __init__(self, root: Path, max_bytes: int, fault: type[BadFileError], noun: str):
        self._root, self._max_bytes, self._fault, self._noun = root, max_bytes, fault, noun

    def keep(
        self,
        blocks: Iterator[bytes],
        name: str,
        owner: str,
        title: str,
        describe: Callable[[Path], dict[str, Any]],
        kind: str = "",
    ) -> str:
        """The id of a file, new or known. ``describe`` reads it once, refuses a bad one by raising, and its
        answer is kept as ``description``. ``name`` must be one that :func:`safe_name` gives; the same bytes
        of another ``kind`` are another file."""
        with self._incoming() as folder:
            digest = self._copied(blocks, folder / name, f"{owner}\0{kind}" if kind else owner)
            place = self._root / digest
            if not place.exists():
                description = describe(folder / name)
                info = {"owner": owner, "title": title[:_TITLE_CHARS], "file": name, "created": time.time()}
                write_json(folder / INFO, {**info, "description": description})
                try:
                    os.replace(folder, place)
                except OSError:  # the same file came twice at the same moment
                    if not (place / INFO).is_file():
                        raise
            return digest

    def folder(self, id_: str) -> Path:
        """Raises :class:`NotFoundError`."""
        folder = self._root / id_
        if not _ID.fullmatch(id_) or not (folder / INFO).is_file():
            raise NotFoundError(f"There is no such upload any more; upload the {self._noun} again.")
        return folder

    def info(self, id_: str) -> dict[str, Any]:
        """Owner, title, file, created and description. Raises :class:`NotFoundError`."""
        return read_json(self.folder(id_) / INFO)

    def file(self, id_: str) -> Path:
        return self.folder(id_) / self.info(id_)["file"]

    def of(self, owner: str) -> list[str]:
        """The ids of this owner's uploads, the newest first."""
        found = [(info, f.parent.name) for f in self._root.glob(f"*/{INFO}") if (info := read_json(f))]
        mine = [(info["created"], name) for info, name in found if info.get("owner") == owner]
        return [name for _, name in sorted(mine, reverse=True)]

    def delete(self, id_: str) -> None:
        """Take an upload away, at once for every reader. Raises :class:`NotFoundError`."""
        gone = self._root / f".deleted-{new_id()}"
        os.replace(self.folder(id_), gone)
        shutil.rmtree(gone, ignore_errors=True)

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A folder to receive into; gone afterwards unless it was moved to its place."""
        folder = self._root / f".incoming-{new_id()}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _copied(self, blocks: Iterator[bytes], target: Path, whose: str) -> str:
        """Write the blocks; returns the id that they and their owner make."""
        digest, size = hashlib.blake2b(whose.encode() + b"\0", digest_size=12), 0
        with target.open("wb") as out:
            for block in blocks:
                size += len(block)
                if size > self._max_bytes:
                    raise self._fault(
                        f"The {self._noun} is larger than the {self._max_bytes // 1_000_000:,} MB accepted "
                        "here."
                    )
                digest.update(block)
                out.write(block)
        return digest.hexdigest()


def blocks_of(source: BinaryIO) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block


def safe_name(filename: str, suffixes: tuple[str, ...], accepted: str) -> str:
    """The visitor's file name without folders and odd characters; its end decides how it is read. Raises
    :class:`GlassworksError` that says what is accepted."""
    name = re.sub(r"[^\w.\- ]", "_", Path(str(filename).replace("\\", "/")).name)[-80:].lstrip(".")
    if not name.lower().endswith(suffixes):
        raise GlassworksError(f"{name or 'The file'} is of no accepted type; accepted are {accepted}.")
    return f"_{name}" if name.lower() == INFO else name


def first_words(text: str) -> str:
    """A title for a pasted text."""
    words = " ".join(text[:200].split())
    return words if len(words) <= 40 else words[:39] + "…"
