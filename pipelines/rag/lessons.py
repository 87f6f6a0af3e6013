"""The collection that comes with the app: its lessons and its documentation. Torch-free."""

import threading
import time
from pathlib import Path

from pipelines.core.database import Database
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.rag.collections import Collections
from pipelines.rag.indexing import incoming
from pipelines.rag.indexing.additions import Additions
from pipelines.rag.places import LESSONS
from pipelines.rag.specs import CollectionSpec
from pipelines.rag.store import RagStore

_SPEC = CollectionSpec(name="Lessons and documentation")
_GENERATED = "docs/api.md"  # the reference of the endpoints: long, and the page of the API shows it


class Lessons:
    """Kept as the files are, from the first time that somebody wants it."""

    def __init__(self, settings: Settings, database: Database, root: Path = REPOSITORY):
        self._settings, self._root = settings, root
        self._store, self._collections = RagStore(database), Collections(database)
        self._additions = Additions(database)
        self._changing = threading.RLock()
        self._looked = 0.0
        self._tried: set[tuple[str, str]] = set()  # one that fails is not tried at every question

    def make(self) -> None:
        """The collection itself, with nothing in it yet."""
        with self._changing:
            if self._store.find(LESSONS) is None:
                self._collections.create(_SPEC, "", 1, LESSONS)

    def keep_up(self, every: float = 0.0) -> bool:
        """Queue the files that are new or changed, and mark what is gone; whether there was any. It is looked
        at the files ``every`` so many seconds at most."""
        with self._changing:
            if self._looked and time.monotonic() - self._looked < every:
                return False
            self._looked = time.monotonic()
            self.make()
            return self._kept_up()

    def files(self) -> dict[str, Path]:
        """Name of the document → file: a lesson by its file's name, the documentation by its place."""
        lessons = {path.name: path for path in sorted((self._root / "assets" / "lessons").glob("*.md"))}
        pages = [self._root / "README.md", *sorted((self._root / "docs").rglob("*.md"))]
        named = {path.relative_to(self._root).as_posix(): path for path in pages if path.is_file()}
        return {**lessons, **{name: path for name, path in named.items() if name != _GENERATED}}

    def _kept_up(self) -> bool:
        known = {one.name: one for one in self._store.documents(LESSONS)}
        files = self.files()
        gone = [one.id for name, one in known.items() if name not in files]
        if gone:
            self._collections.mark_documents(LESSONS, gone)
        if any(one.live for one in self._store.additions(LESSONS)):
            return True
        hashes = {name: incoming.file_hash(path) for name, path in files.items()}
        changed = {
            name: files[name]
            for name, digest in hashes.items()
            if (name not in known or known[name].content_hash != digest) and (name, digest) not in self._tried
        }
        self._tried |= {(name, hashes[name]) for name in changed}
        if changed:
            self._add(changed)
        return bool(gone or changed)

    def _add(self, files: dict[str, Path]) -> None:
        kept = [incoming.received_as(self._settings, LESSONS, path, name) for name, path in files.items()]
        _, needed = self._additions.add(LESSONS, "", kept, None)
        incoming.remove(self._settings, LESSONS, (one.id for one in kept if one.id not in needed))
