"""Collections, documents and chunks as rows: what every part of the topic reads. Knows no vectors, no files
and no visitors' rights; those are asked in :mod:`pipelines.rag.service`.

Only what can be searched is seen here. A chunk's row is written before its vector and removed after it, and a
document's row says which revision of its chunks counts: so a reader finds the whole old document or the whole
new one, and an id that an index names without a row here is to be left out.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError
from pipelines.rag.records import Addition, Collection, State, StoredChunk, StoredDocument
from pipelines.rag.specs import CollectionSpec
from pipelines.rag.tables import (
    ADDITIONS,
    CHUNKS,
    COLLECTIONS,
    DOCUMENTS,
    ITEMS,
    LIVE_CHUNK,
    LIVE_COLLECTION,
    LIVE_DOCUMENT,
)

_AT_ONCE = 5_000  # ids in one query: SQLite takes 32,766 values
_CHUNK = ("id", "document", "position", "start_at", "end_at", "tokens", "overlap", "heading", "page")
_CHUNK_COLUMNS = [CHUNKS.c[name] for name in _CHUNK]
_BY_PLACE = (DOCUMENTS.c.created, DOCUMENTS.c.id, CHUNKS.c.position)


class RagStore:
    """Safe to share between threads and processes."""

    def __init__(self, database: Database):
        self.database = database

    def collection(self, collection_id: str) -> Collection:
        """Raises NotFoundError, also for one that is being deleted."""
        found = self.find(collection_id)
        if found is None:
            raise missing_collection()
        return found

    def find(self, collection_id: str) -> Collection | None:
        found = self._collections(COLLECTIONS.c.id == str(collection_id))
        return found[0] if found else None

    def collections(self, owner: str) -> list[Collection]:
        """The owner's, in the order of their names."""
        return sorted(self._collections(COLLECTIONS.c.owner == owner), key=lambda one: one.spec.name.lower())

    def by_name(self, owner: str, name: str) -> Collection | None:
        found = self._collections(COLLECTIONS.c.owner == owner, COLLECTIONS.c.name == name)
        return found[0] if found else None

    def documents(self, collection_id: str) -> list[StoredDocument]:
        """All, those that wait or have failed too, in the order in which they came."""
        asked = select(DOCUMENTS).where(DOCUMENTS.c.collection == collection_id, LIVE_DOCUMENT)
        rows = self._rows(asked.order_by(DOCUMENTS.c.created, DOCUMENTS.c.id))
        return [_document(row) for row in rows]

    def document(self, collection_id: str, document: str) -> StoredDocument:
        """By id, else by name. Raises NotFoundError."""
        named = (DOCUMENTS.c.id == document) | (DOCUMENTS.c.name == document)
        mine = DOCUMENTS.c.collection == collection_id
        rows = self._rows(select(DOCUMENTS).where(mine, named, LIVE_DOCUMENT))
        if not rows:
            raise NotFoundError("There is no such document in this collection.")
        return _document(next((row for row in rows if row.id == document), rows[0]))

    def revision(self, document: str) -> int:
        """The revision that can be searched. Raises NotFoundError, also where there is none yet."""
        rows = self._rows(select(DOCUMENTS.c.revision).where(DOCUMENTS.c.id == document, LIVE_DOCUMENT))
        if not rows or not rows[0].revision:
            raise NotFoundError("There is no such document in this collection, or it was not read yet.")
        return rows[0].revision

    def chunks(self, ids: Iterable[str]) -> dict[str, StoredChunk]:
        """By id, those that can be searched: what an index names and this does not know is gone."""
        asked = select(*_CHUNK_COLUMNS).join(DOCUMENTS, LIVE_CHUNK)
        rows = (row for some in parts(ids) for row in self._rows(asked.where(CHUNKS.c.id.in_(some))))
        return {row.id: StoredChunk(*row) for row in rows}

    def chunks_of(self, document: str) -> list[StoredChunk]:
        """In the order of the document."""
        return self._chunks(DOCUMENTS.c.id == document)

    def all_chunks(self, collection_id: str) -> list[StoredChunk]:
        """In the order of the documents."""
        return self._chunks(DOCUMENTS.c.collection == collection_id)

    def addition(self, addition_id: str) -> Addition:
        """Raises NotFoundError."""
        found = self._additions(ADDITIONS.c.id == str(addition_id))
        if not found:
            raise missing_addition()
        return found[0]

    def additions(self, collection_id: str) -> list[Addition]:
        """Newest first."""
        return self._additions(ADDITIONS.c.collection == collection_id)

    def _chunks(self, where: Any) -> list[StoredChunk]:
        asked = select(*_CHUNK_COLUMNS).join(DOCUMENTS, LIVE_CHUNK).where(where).order_by(*_BY_PLACE)
        return [StoredChunk(*row) for row in self._rows(asked)]

    def _collections(self, *where: Any) -> list[Collection]:
        mine = (DOCUMENTS.c.collection == COLLECTIONS.c.id, LIVE_DOCUMENT)
        searched = DOCUMENTS.c.state == State.SUCCEEDED.value
        documents = select(func.count()).where(*mine, searched).scalar_subquery()
        chunks = select(func.coalesce(func.sum(DOCUMENTS.c.chunks), 0)).where(*mine).scalar_subquery()
        asked = select(COLLECTIONS, documents.label("documents"), chunks.label("chunks"))
        return [_collection(row) for row in self._rows(asked.where(*where, LIVE_COLLECTION))]

    def _additions(self, *where: Any) -> list[Addition]:
        newest = select(ADDITIONS).where(*where).order_by(ADDITIONS.c.created.desc(), ADDITIONS.c.id.desc())
        rows = self._rows(newest)
        items: dict[str, list[Row]] = {row.id: [] for row in rows}
        asked = select(ITEMS.c["addition", "name", "state", "done", "total"]).order_by(ITEMS.c.position)
        for some in parts(items):
            for item in self._rows(asked.where(ITEMS.c.addition.in_(some))):
                items[item.addition].append(item)
        return [_addition(row, items[row.id]) for row in rows]

    def _rows(self, asked: Select) -> Sequence[Row]:
        with self.database.read() as connection:
            return connection.execute(asked).all()


def missing_collection() -> NotFoundError:
    """The same words for what is not there and for what is somebody else's."""
    return NotFoundError("There is no such collection among yours, and none of this id is shared.")


def missing_addition() -> NotFoundError:
    return NotFoundError("There is no such addition among yours.")


def parts(ids: Iterable[str], size: int = _AT_ONCE) -> Iterator[list[str]]:
    """The ids in lists that one query takes."""
    wanted = list(ids)
    for start in range(0, len(wanted), size):
        yield wanted[start : start + size]


def _collection(row: Row) -> Collection:
    return Collection(
        row.id,
        row.owner,
        CollectionSpec.from_dict(json.loads(row.spec)),
        bool(row.shared),
        row.version,
        row.created,
        row.updated,
        row.documents,
        int(row.chunks),
    )


def _document(row: Row) -> StoredDocument:
    names = ("id", "collection", "name", "title", "kind", "bytes", "characters", "pages", "content_hash")
    values = {name: row._mapping[name] for name in (*names, "message", "chunks", "created", "updated")}
    return StoredDocument(**values, state=State(row.state), notes=tuple(json.loads(row.notes)))


def _addition(row: Row, items: list[Row]) -> Addition:
    over = [item for item in items if item.state not in (State.QUEUED, State.RUNNING)]
    at_work = next((item.name for item in items if item.state == State.RUNNING), "")
    return Addition(
        row.id,
        row.collection,
        row.owner,
        State(row.state),
        row.phase,
        sum(item.done for item in items),
        sum(item.total for item in items),
        len(items),
        row.message,
        row.created,
        row.updated,
        len(over),
        sum(item.state == State.FAILED for item in items),
        at_work,
        bool(row.cancelling),
    )
