"""Files and texts that a visitor brings, received and put into the queue. Who may, is asked elsewhere."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipelines.core.database import Database
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import Settings
from pipelines.rag.indexing import incoming
from pipelines.rag.indexing.additions import Additions, Bounds

_MAX_TEXT = 20_000_000  # characters of a pasted text

Files = Sequence[tuple[Path, str]]


class Adding:
    """Safe to share between threads."""

    def __init__(self, settings: Settings, database: Database):
        self._settings, self._additions = settings, Additions(database)

    def files(self, collection: str, owner: str, files: Files) -> str:
        """The addition's id. Raises GlassworksError where no file is accepted or a bound is passed; then
        nothing of the files is kept."""
        if not files:
            raise SpecError("files", "none", "at least one file")
        kept, refused = incoming.received(self._settings, collection, files)
        if not kept:
            raise GlassworksError(refused[0][1])
        bounds = Bounds(self._settings.rag_max_documents, int(self._settings.rag_max_gb * 1e9))
        needed: set[str] = set()
        try:
            addition, needed = self._additions.add(collection, owner, kept, bounds, refused)
        finally:
            incoming.remove(self._settings, collection, (one.id for one in kept if one.id not in needed))
        return addition

    def text(self, collection: str, owner: str, text: str, name: str, files: Files = ()) -> str:
        """As :meth:`files`, with a text after the files."""
        if not isinstance(text, str) or not text.strip() or len(text) > _MAX_TEXT:
            got = f"{len(str(text)):,} characters"
            raise SpecError("text", got, f"a text of at most {_MAX_TEXT:,} characters")
        with tempfile.NamedTemporaryFile(suffix=".txt") as file:
            file.write(text.encode("utf-8", "replace"))
            file.flush()
            return self.files(collection, owner, [*files, (Path(file.name), incoming.text_name(name))])
