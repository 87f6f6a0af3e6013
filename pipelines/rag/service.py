"""What the page may ask of collections, documents and chats. Torch-free: the retrieval worker computes.

Every method takes the visitor's id as ``owner``. What is not there and what is somebody else's raise the same
NotFoundError. A shared collection, and the one that comes with the app, can be read by their id and changed
by their owner alone.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.core.database import Database
from pipelines.core.errors import NotAllowedError, NotFoundError, SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.rag.access import Access
from pipelines.rag.answers import ChunkedBy, Found, IndexCompared, Mapped, Supported
from pipelines.rag.chats import ChatStore
from pipelines.rag.collections import Collections
from pipelines.rag.documents.document import Mark
from pipelines.rag.documents.marks import marks_of
from pipelines.rag.indexing import incoming
from pipelines.rag.indexing.adding import Adding, Files
from pipelines.rag.indexing.additions import Additions
from pipelines.rag.indexing.driver import Driver
from pipelines.rag.lessons import Lessons
from pipelines.rag.places import LESSONS, marks_file, read_text, text_file
from pipelines.rag.records import Addition, Collection, State, StoredChunk, StoredDocument
from pipelines.rag.requests import (
    ChunkRequest,
    CompareIndexesRequest,
    MapRequest,
    Passage,
    SearchRequest,
    SupportRequest,
)
from pipelines.rag.specs import MINILM, ChunkSpec, CollectionSpec, SearchSpec
from pipelines.rag.store import RagStore, missing_addition
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.messages import answer_of
from pipelines.runtime.operations import RETRIEVAL

_LESSONS_SECONDS = 180.0  # how long the first question to the lessons waits for them to be read
_LOOK_SECONDS = 60.0  # between two looks at the files of the lessons
_MINILM_TOKENS = 254  # that it reads, without its two special ones

_log = logging.getLogger(__name__)


class RagService:
    """Safe to share between threads. ``runtime`` is the retrieval worker, which starts when it is needed."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        runtime: RuntimeClient | None = None,
        repository: Path = REPOSITORY,
    ):
        self._settings = settings
        self.runtime = runtime or RuntimeClient(settings, RETRIEVAL)
        self.store, self.chats = RagStore(database), ChatStore(database)
        self._collections, self._additions = Collections(database), Additions(database)
        self._adding = Adding(settings, database)
        self._access, self._lessons = Access(self.store), Lessons(settings, database, repository)
        self._driver = Driver(database, self.runtime)
        self._warming = threading.Lock()
        self._made = time.time()

    def start(self) -> None:
        """Go on with what was not done when the app ended. Without such work no process is started."""
        incoming.sweep(self._settings, self._additions.files_needed, self._made)
        self._driver.wake()

    def close(self) -> None:
        """Break off the work, which the next start goes on with, and end the worker."""
        self._driver.close()
        self.runtime.close()

    def warm(self) -> None:
        """Have the worker, its embedding model and the lessons ready soon; returns at once."""
        if self._warming.acquire(blocking=False):
            threading.Thread(target=self._warm, name="warm-rag", daemon=True).start()

    # Collections.

    def collections(self, owner: str) -> list[Collection]:
        """The owner's by name, then the one that comes with the app."""
        self._lessons.make()
        return [*self.store.collections(owner), self.store.collection(LESSONS)]

    def collection(self, name_or_id: str, owner: str) -> Collection:
        """The owner's own by name or id, a shared one by its id, the app's by ``lessons``."""
        if name_or_id == LESSONS:
            self._lessons.make()
        return self._access.readable(name_or_id, owner)

    def own(self, name_or_id: str, owner: str) -> Collection:
        """As :meth:`collection`, for changing it: NotAllowedError for one that can be read only."""
        return self._access.own(name_or_id, owner)

    def create(self, spec: CollectionSpec, owner: str, is_owner: bool = False) -> Collection:
        """Only the owner of the workshop (``is_owner``) has other models embed than MiniLM. Raises SpecError
        for a name that this ``owner`` has already, and for chunks that the model would not read to their
        end; ConflictError where there are as many collections as may be."""
        if not is_owner and spec.embedder != MINILM:
            raise NotAllowedError(f"Visitors embed with {MINILM}; other models are for the owner.")
        if spec.embedder == MINILM and spec.chunking.chunk_size > _MINILM_TOKENS:
            accepted = f"at most {_MINILM_TOKENS} for {MINILM}, which reads no more at once"
            raise SpecError("chunk_size", spec.chunking.chunk_size, accepted)
        id_ = self._collections.create(_readable(spec), owner, self._settings.rag_max_collections)
        return self.store.collection(id_)

    def rename(self, id: str, name: str, owner: str) -> Collection:
        found = self._access.own(id, owner)
        self._collections.rename(found.id, _readable(replace(found.spec, name=name)), owner)
        return self.store.collection(found.id)

    def share(self, id: str, shared: bool, owner: str) -> Collection:
        """Let everyone who knows its id read and search it, or no longer."""
        found = self._access.own(id, owner)
        self._collections.share(found.id, bool(shared))
        return self.store.collection(found.id)

    def delete(self, id: str, owner: str, wait: float = 0.0) -> bool:
        """At once for every reader, with its documents, chats, question sets and what was measured; then the
        disk gets everything back (SQLite keeps its pages for what comes next). Whether that was done within
        ``wait`` seconds; it goes on after that, and after a kill."""
        found = self._access.own(id, owner)
        self._collections.mark(found.id)
        return self._taken_away(lambda: self._collections.is_marked(found.id) is None, wait)

    def delete_document(self, id: str, document: str, owner: str, wait: float = 0.0) -> bool:
        """As :meth:`delete`, for one document by its id or name."""
        found = self._access.own(id, owner)
        gone = self.store.document(found.id, document)
        self._collections.mark_documents(found.id, [gone.id])
        return self._taken_away(lambda: not self._collections.is_document_left(gone.id), wait)

    # Documents.

    def documents(self, id: str, owner: str) -> list[StoredDocument]:
        """In the order in which they came; of someone else's collection those that can be searched."""
        found = self.collection(id, owner)
        mine = found.owner in (owner, "")
        listed = self.store.documents(found.id)
        return listed if mine else [one for one in listed if one.state is State.SUCCEEDED]

    def document(self, id: str, document: str, owner: str) -> StoredDocument:
        """By its id or name. Raises NotFoundError."""
        return self.store.document(self.collection(id, owner).id, document)

    def text(self, id: str, document: str, owner: str) -> str:
        """The document's text, which the offsets of its chunks count in."""
        found = self.document(id, document, owner)
        for _ in range(2):  # it may be replaced by a newer one between the row and the file
            with suppress(FileNotFoundError):
                revision = self.store.revision(found.id)
                return read_text(text_file(self._settings, found.collection, found.id, revision))
        raise NotFoundError(f"The text of {found.name} is not here any more.")

    def marks(self, id: str, document: str, owner: str) -> tuple[Mark, ...]:
        """Headings, pages and blocks of the document's text."""
        found = self.document(id, document, owner)
        with suppress(FileNotFoundError):
            revision = self.store.revision(found.id)
            return marks_of(read_text(marks_file(self._settings, found.collection, found.id, revision)))
        return ()

    def chunks(self, id: str, document: str, owner: str) -> list[StoredChunk]:
        """In the order of the document."""
        return self.store.chunks_of(self.document(id, document, owner).id)

    def add_files(self, id: str, files: Files, owner: str) -> Addition:
        """Have copies of the files, each with its name, read and indexed. The same bytes under the same name
        cost nothing; other bytes replace the document once they are ready. Files that are not accepted are
        told of in the addition; raises GlassworksError where there is no other."""
        return self._added(self._adding.files(self._access.own(id, owner).id, owner, files))

    def add_text(self, id: str, text: str, name: str, owner: str, files: Files = ()) -> Addition:
        """As :meth:`add_files`, for a text, beside files or not. The end of its name says how it is read,
        .txt if it has none."""
        return self._added(self._adding.text(self._access.own(id, owner).id, owner, text, name, files))

    def addition(self, id: str, owner: str) -> Addition:
        """The owner's own; of the app's collection everyone's. Raises NotFoundError."""
        found = self.store.addition(id)
        if found.owner != owner and found.collection != LESSONS:
            raise missing_addition()
        return found

    def additions(self, id: str, owner: str) -> list[Addition]:
        """Newest first; of someone else's collection none."""
        found = self.collection(id, owner)
        return [one for one in self.store.additions(found.id) if one.owner in (owner, "")]

    def cancel(self, id: str, owner: str) -> Addition:
        """End it before its next batch: documents that are done stay, the one at work does not."""
        found = self.addition(id, owner)
        if found.owner != owner:
            raise missing_addition()
        self._additions.cancel(found.id)
        self._driver.wake()
        return self.store.addition(found.id)

    # Questions to the worker.

    def search(
        self,
        id: str,
        query: str,
        spec: SearchSpec,
        owner: str,
        queries: Sequence[str] = (),
        hypothetical: str = "",
    ) -> Found:
        found = self._searchable(id, owner)
        return self._answer(SearchRequest(found.id, query, spec, tuple(queries), hypothetical))

    def chunked(
        self,
        text: str,
        name: str,
        specs: Sequence[ChunkSpec],
        embedder: str = "",
        marks: tuple[Mark, ...] | None = None,
    ) -> list[ChunkedBy]:
        """One text cut in several ways; nothing is kept. Without ``marks`` it is taken for Markdown."""
        events = self.runtime.call(ChunkRequest(text, name, tuple(specs), embedder, marks))
        return [event for event in events if isinstance(event, ChunkedBy)]

    def mapped(self, id: str, query: str, method: str, owner: str) -> Mapped:
        return self._answer(MapRequest(self._searchable(id, owner).id, query, method))

    def supported(self, answer: str, passages: Sequence[Passage], question: str = "") -> Supported:
        return self._answer(SupportRequest(answer, tuple(passages), question))

    def compare_indexes(
        self, id: str, owner: str, top_k: int = 10, queries: Sequence[str] = (), seed: int = 0
    ) -> Iterator[IndexCompared]:
        request = CompareIndexesRequest(self._searchable(id, owner).id, top_k, tuple(queries), seed)
        yield from (event for event in self.runtime.stream(request) if isinstance(event, IndexCompared))

    def _answer(self, request: Any) -> Any:
        return answer_of(self.runtime.stream(request))

    def _searchable(self, id: str, owner: str) -> Collection:
        """The lessons as their files are now: the first question waits until they are read, whoever had that
        begun."""
        found = self.collection(id, owner)
        if found.id == LESSONS:
            if self._lessons.keep_up(_LOOK_SECONDS):
                self._driver.wake()
            if not found.chunks:
                self._driver.wait(self._lessons_are_read, _LESSONS_SECONDS)
        return found

    def _lessons_are_read(self) -> bool:
        return not any(one.live for one in self.store.additions(LESSONS))

    def _added(self, addition: str) -> Addition:
        self._driver.wake()
        return self.store.addition(addition)

    def _taken_away(self, done: Any, wait: float) -> bool:
        self._driver.wake()
        return self._driver.wait(done, wait)

    def _warm(self) -> None:
        try:
            self.runtime.start()
            if self._lessons.keep_up():
                self._driver.wake()
                self._driver.wait(self._lessons_are_read, _LESSONS_SECONDS)
            self._answer(SearchRequest(LESSONS, "What can one find out here?"))
        except Exception:
            _log.warning("the retrieval worker is not warm", exc_info=True)
        finally:
            self._warming.release()


def _readable(spec: CollectionSpec) -> CollectionSpec:
    """Half of a surrogate pair in a name cannot be kept."""
    return replace(spec, name=spec.name.encode("utf-8", "replace").decode())
