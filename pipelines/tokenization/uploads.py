"""Tokenizer files that visitors have uploaded: ``upload:<id>``. Whether a file is a tokenizer is for the
worker to find out; who may use it, for the page. Knows no tokenizers library.

An upload is a folder ``uploads/tokenizers/<id>/`` with the file and an ``info.json``. The id comes from the
owner and the content, so that the same file is stored once for each owner.
"""

import hashlib
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.files import read_json, write_json
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings

PREFIX = "upload:"
MAX_MB = 64  # the largest published tokenizer files have some 35 MB
_ID = re.compile(r"[0-9a-f]{24}")
_INFO = "info.json"


@dataclass(frozen=True)
class Uploaded:
    """``name`` is what requests use, ``title`` the visitor's file name."""

    name: str
    title: str
    owner: str
    created: float


class TokenizerUploads:
    """Finds, adds, lists and removes. Safe to share between threads and processes."""

    def __init__(self, settings: Settings):
        self._folder = settings.uploads / "tokenizers"

    def add(self, path: Path, filename: str, owner: str) -> Uploaded:
        """Keep a copy. Raises :class:`GlassworksError` for an empty or a far too large file."""
        size = Path(path).stat().st_size
        if not 0 < size <= MAX_MB * 1_000_000:
            raise GlassworksError(
                f"A tokenizer's file has from 1 byte to {MAX_MB} MB; this one has {size / 1e6:,.1f} MB."
            )
        data = Path(path).read_bytes()
        digest = hashlib.blake2b(owner.encode() + b"\0" + data, digest_size=12).hexdigest()
        place = self._folder / digest
        if not (place / _INFO).is_file():
            self._put(place, data, _safe_name(filename), owner)
        return self.find(f"{PREFIX}{digest}")

    def find(self, name: str) -> Uploaded:
        """Raises :class:`NotFoundError` for what is not there."""
        info = read_json(self._place(name) / _INFO)
        return Uploaded(name, info["file"], info["owner"], info["created"])

    def path(self, name: str) -> Path:
        """The file; raises :class:`NotFoundError`."""
        return self._place(name) / self.find(name).title

    def list(self, owner: str) -> list[Uploaded]:
        """This owner's, the newest first."""
        folders = [info.parent for info in self._folder.glob(f"*/{_INFO}") if _ID.fullmatch(info.parent.name)]
        found = [self.find(f"{PREFIX}{folder.name}") for folder in folders]
        return sorted((u for u in found if u.owner == owner), key=lambda u: u.created, reverse=True)

    def remove(self, name: str) -> None:
        shutil.rmtree(self._place(name), ignore_errors=True)

    def _place(self, name: str) -> Path:
        digest = name.removeprefix(PREFIX)
        if not _ID.fullmatch(digest) or not (self._folder / digest / _INFO).is_file():
            raise NotFoundError("There is no such uploaded tokenizer any more; upload the file again.")
        return self._folder / digest

    def _put(self, place: Path, data: bytes, filename: str, owner: str) -> None:
        """The folder appears by a rename, so it is whole or absent."""
        beside = self._folder / f".incoming-{new_id()}"
        beside.mkdir(parents=True)
        try:
            (beside / filename).write_bytes(data)
            write_json(beside / _INFO, {"file": filename, "owner": owner, "created": time.time()})
            os.replace(beside, place)
        except OSError:  # the same file came twice at the same moment
            if not (place / _INFO).is_file():
                raise
        finally:
            shutil.rmtree(beside, ignore_errors=True)


def _safe_name(filename: str) -> str:
    """The visitor's file name without folders and odd characters."""
    name = re.sub(r"[^\w.\- ]", "_", Path(str(filename).replace("\\", "/")).name)[-80:].lstrip(".")
    return name if name and name != _INFO else "tokenizer"
