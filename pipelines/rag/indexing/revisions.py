"""The chunks of a document's revisions as rows: written before their vectors, published together, and gone
after their vectors.

So at every moment every vector has a row, and what an interrupted work has left can be found in the database:
rows of a revision that is neither the document's own nor that of an item at work.
"""

import time
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import delete, func, insert, select, update

from pipelines.core.database import Database
from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.indexing.rows import LIVE_ITEM, set_item
from pipelines.rag.records import Item, State, StoredChunk
from pipelines.rag.tables import (
    CHUNKS,
    COLLECTIONS,
    DOCUMENTS,
    ITEMS,
    LIVE_CHUNK,
    LIVE_COLLECTION,
    LIVE_DOCUMENT,
)

_COLUMNS = [
    CHUNKS.c[name]
    for name in ("id", "document", "position", "start_at", "end_at", "tokens", "overlap", "heading", "page")
]


class Revisions:
    """Of all collections of one database."""

    def __init__(self, database: Database):
        self._database = database

    def keep(self, item: Item, chunks: Iterable[tuple[str, int, Chunk]]) -> None:
        """Write the rows of (id, position, chunk) for the item's revision."""
        whose = {"document": item.document, "revision": item.revision}
        rows = [{**whose, "id": id_, "position": at, **_facts(chunk)} for id_, at, chunk in chunks]
        if rows:
            with self._database.write() as connection:
                connection.execute(insert(CHUNKS), rows)

    def chunks(
        self, document: str, revision: int, after: int = -1, most: int | None = None
    ) -> list[StoredChunk]:
        """From the position after ``after`` on, in their order."""
        mine = (CHUNKS.c.document == document, CHUNKS.c.revision == revision, CHUNKS.c.position > after)
        asked = select(*_COLUMNS).where(*mine).order_by(CHUNKS.c.position).limit(most)
        with self._database.read() as connection:
            return [StoredChunk(*row) for row in connection.execute(asked)]

    def searched(self, collection: str) -> list[tuple[str, int]]:
        """Document and revision of what can be searched, in the order of the documents."""
        asked = select(DOCUMENTS.c.id, DOCUMENTS.c.revision).where(
            DOCUMENTS.c.collection == collection, DOCUMENTS.c.revision > 0, LIVE_DOCUMENT
        )
        with self._database.read() as connection:
            rows = connection.execute(asked.order_by(DOCUMENTS.c.created, DOCUMENTS.c.id))
            return [(row.id, row.revision) for row in rows]

    def room(self, collection: str, most: int) -> int:
        """How many chunks more the collection may have, those that wait to be published counted."""
        live = select(func.count()).select_from(CHUNKS).join(DOCUMENTS, LIVE_CHUNK)
        staged = select(func.coalesce(func.sum(ITEMS.c.total), 0)).where(
            ITEMS.c.collection == collection, LIVE_ITEM
        )
        with self._database.read() as connection:
            count = connection.execute(live.where(DOCUMENTS.c.collection == collection)).scalar_one()
            return most - count - int(connection.execute(staged).scalar_one())

    def words_behind(self, collection: str) -> None:
        """The word index is about to change, and will not be what the rows say until they are published."""
        with self._database.write() as connection:
            connection.execute(update(COLLECTIONS).where(COLLECTIONS.c.id == collection).values(words=0))

    def is_behind(self, collection: str) -> bool:
        """Whether the word index may not be what the rows say."""
        asked = select(COLLECTIONS.c.id).where(COLLECTIONS.c.id == collection, COLLECTIONS.c.words == 0)
        with self._database.read() as connection:
            return connection.execute(asked).first() is not None

    def publish(self, collection: str, items: Sequence[Item]) -> None:
        """Have the items' revisions searched from now on, all at once; the word index knows them."""
        now = time.time()
        with self._database.write() as connection:
            for item in items:
                row = connection.execute(select(ITEMS).where(ITEMS.c.id == item.id)).one()
                if row.state != State.RUNNING.value:
                    continue  # deleted meanwhile
                names = ("title", "kind", "characters", "pages", "notes", "bytes", "content_hash", "revision")
                values: dict[str, Any] = {name: row._mapping[name] for name in names}
                values |= {"state": State.SUCCEEDED.value, "message": "", "chunks": row.total, "updated": now}
                connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == item.document).values(**values))
                set_item(connection, item.id, state=State.SUCCEEDED.value)
            grown = {"words": 1, "version": COLLECTIONS.c.version + 1, "updated": now}
            mine = update(COLLECTIONS).where(COLLECTIONS.c.id == collection, LIVE_COLLECTION)
            connection.execute(mine.values(**grown))

    def changed(self, collection: str) -> None:
        """Something of the collection is gone: what was remembered of it is read anew."""
        grown = update(COLLECTIONS).where(COLLECTIONS.c.id == collection)
        with self._database.write() as connection:
            connection.execute(grown.values(version=COLLECTIONS.c.version + 1))

    def drop_some(self, document: str, revision: int, most: int) -> tuple[list[str], list[str]]:
        """Ids of rows to be dropped, and those of them whose vector goes too: no other revision has them."""
        mine = (CHUNKS.c.document == document, CHUNKS.c.revision == revision)
        other = CHUNKS.alias()
        elsewhere = select(other.c.id).where(other.c.id == CHUNKS.c.id, other.c.revision != revision).exists()
        asked = select(CHUNKS.c.id, elsewhere.label("stays")).where(*mine).limit(most)
        with self._database.read() as connection:
            rows = connection.execute(asked).all()
        return [row.id for row in rows], [row.id for row in rows if not row.stays]

    def dropped(self, document: str, revision: int, ids: Sequence[str]) -> None:
        """Their vectors are gone: now the rows."""
        mine = (CHUNKS.c.document == document, CHUNKS.c.revision == revision, CHUNKS.c.id.in_(ids))
        with self._database.write() as connection:
            connection.execute(delete(CHUNKS).where(*mine))

    def left_over(self, collection: str) -> list[tuple[str, int]]:
        """Document and revision of rows that nothing stands behind any more."""
        used = select(ITEMS.c.id).where(
            ITEMS.c.document == CHUNKS.c.document, ITEMS.c.revision == CHUNKS.c.revision, LIVE_ITEM
        )
        stale = (DOCUMENTS.c.deleting == 1) | ((CHUNKS.c.revision != DOCUMENTS.c.revision) & ~used.exists())
        asked = select(CHUNKS.c.document, CHUNKS.c.revision).distinct()
        asked = asked.join(DOCUMENTS, DOCUMENTS.c.id == CHUNKS.c.document)
        with self._database.read() as connection:
            rows = connection.execute(asked.where(DOCUMENTS.c.collection == collection, stale))
            return [(row.document, row.revision) for row in rows]

    def in_use(self, collection: str) -> list[tuple[str, int]]:
        """Document and revision of what is searched or at work."""
        asked = select(ITEMS.c.document, ITEMS.c.revision).where(ITEMS.c.collection == collection, LIVE_ITEM)
        with self._database.read() as connection:
            at_work = [(row.document, row.revision) for row in connection.execute(asked)]
        return [*self.searched(collection), *at_work]

    def marked(self, collection: str) -> list[str]:
        """The documents that are to be deleted."""
        asked = select(DOCUMENTS.c.id).where(DOCUMENTS.c.collection == collection, DOCUMENTS.c.deleting == 1)
        with self._database.read() as connection:
            return list(connection.execute(asked).scalars())


def _facts(chunk: Chunk) -> dict[str, Any]:
    return {
        "start_at": chunk.start,
        "end_at": chunk.end,
        "tokens": chunk.tokens,
        "overlap": chunk.overlap,
        "heading": chunk.heading,
        "page": chunk.page,
    }
