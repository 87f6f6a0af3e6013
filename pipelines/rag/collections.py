"""Changes of collections as rows: made, renamed, shared, marked as deleted, and what is left to take away.

A deletion is a mark, and with it everything is out of sight at once. The rows, vectors, files and indexes go
afterwards, in the retrieval worker; a kill in between leaves the mark, and so the work is done later.
"""

import json
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, SpecError
from pipelines.core.ids import new_id
from pipelines.rag.places import LESSONS
from pipelines.rag.records import State
from pipelines.rag.specs import CollectionSpec
from pipelines.rag.store import missing_collection
from pipelines.rag.tables import (
    ADDITIONS,
    CHATS,
    CHUNKS,
    COLLECTIONS,
    DOCUMENTS,
    ITEMS,
    LIVE_COLLECTION,
    MESSAGES,
    QUESTION_SETS,
    SCORES,
)

LIVE_STATES = (State.QUEUED.value, State.RUNNING.value)


class Collections:
    """Who may change a collection is asked elsewhere."""

    def __init__(self, database: Database):
        self._database = database

    def create(self, spec: CollectionSpec, owner: str, most: int, id_: str = "") -> str:
        """The id of a new collection. Raises SpecError for a name that the owner has already, ConflictError
        for one collection more than ``most``."""
        now = time.time()
        row = {"id": id_ or new_id(now), "owner": owner, "name": spec.name, "spec": _json(spec)}
        row |= {"shared": 0, "deleting": 0, "words": 1, "version": 0, "created": now, "updated": now}
        with self._database.write() as connection:
            _check_name(connection, owner, spec.name, row["id"])
            count = select(func.count()).where(COLLECTIONS.c.owner == owner, LIVE_COLLECTION)
            if connection.execute(count).scalar_one() >= most:
                raise ConflictError(f"You keep {most:,} collections, which is the limit here: delete one.")
            connection.execute(insert(COLLECTIONS).values(row))
        return row["id"]

    def rename(self, collection: str, spec: CollectionSpec, owner: str) -> None:
        """``spec`` is the collection's with another name."""
        with self._database.write() as connection:
            _check_name(connection, owner, spec.name, collection)
            _change(connection, collection, name=spec.name, spec=_json(spec))

    def share(self, collection: str, shared: bool) -> None:
        with self._database.write() as connection:
            _change(connection, collection, shared=int(shared))

    def mark(self, collection: str) -> None:
        """To be deleted with all that is in it: nobody sees it any more, and its additions end."""
        with self._database.write() as connection:
            _change(connection, collection, deleting=1)
            inside = update(DOCUMENTS).where(DOCUMENTS.c.collection == collection)
            connection.execute(inside.values(deleting=1))
            ended = update(ADDITIONS).where(ADDITIONS.c.collection == collection, _live(ADDITIONS))
            connection.execute(ended.values(state=State.CANCELLED.value, updated=time.time()))

    def mark_documents(self, collection: str, documents: Iterable[str]) -> None:
        """To be deleted; what is being added under their names is given up."""
        wanted = list(documents)
        with self._database.write() as connection:
            marked = update(DOCUMENTS).where(DOCUMENTS.c.id.in_(wanted), DOCUMENTS.c.collection == collection)
            connection.execute(marked.values(deleting=1))
            ended = update(ITEMS).where(ITEMS.c.document.in_(wanted), _live(ITEMS))
            connection.execute(ended.values(state=State.CANCELLED.value, message="It was deleted."))
            _change(connection, collection, words=0, version=COLLECTIONS.c.version + 1)

    def marked(self) -> list[str]:
        """Collections that are to be deleted, or documents of which are."""
        inside = select(DOCUMENTS.c.collection).where(DOCUMENTS.c.deleting == 1)
        return self._ids((COLLECTIONS.c.deleting == 1) | COLLECTIONS.c.id.in_(inside))

    def behind(self) -> list[str]:
        """Collections whose word index may not be what the rows say."""
        return self._ids(COLLECTIONS.c.words == 0)

    def is_marked(self, collection: str) -> bool | None:
        """Whether the whole collection is to be deleted; None when it is gone already."""
        asked = select(COLLECTIONS.c.deleting).where(COLLECTIONS.c.id == collection)
        with self._database.read() as connection:
            found = connection.execute(asked).scalar_one_or_none()
        return None if found is None else bool(found)

    def is_document_left(self, document: str) -> bool:
        """Whether a document that is to be deleted has a row yet."""
        asked = select(DOCUMENTS.c.id).where(DOCUMENTS.c.id == document)
        with self._database.read() as connection:
            return connection.execute(asked).first() is not None

    def _ids(self, where: Any) -> list[str]:
        with self._database.read() as connection:
            return list(connection.execute(select(COLLECTIONS.c.id).where(where)).scalars())

    def forget_chunks(self, document: str) -> None:
        """Their rows, when their vectors are gone."""
        with self._database.write() as connection:
            connection.execute(delete(CHUNKS).where(CHUNKS.c.document == document))

    def forget_documents(self, documents: Iterable[str]) -> None:
        """Their rows, once their chunks are gone."""
        with self._database.write() as connection:
            connection.execute(delete(DOCUMENTS).where(DOCUMENTS.c.id.in_(list(documents))))

    def forget(self, collection: str) -> None:
        """Every row that names the collection, at last its own."""
        documents = select(DOCUMENTS.c.id).where(DOCUMENTS.c.collection == collection)
        chats = select(CHATS.c.id).where(CHATS.c.collection == collection)
        with self._database.write() as connection:
            connection.execute(delete(CHUNKS).where(CHUNKS.c.document.in_(documents)))
            connection.execute(delete(MESSAGES).where(MESSAGES.c.chat.in_(chats)))
            for table in (DOCUMENTS, ITEMS, ADDITIONS, CHATS, QUESTION_SETS, SCORES):
                connection.execute(delete(table).where(table.c.collection == collection))
            connection.execute(delete(COLLECTIONS).where(COLLECTIONS.c.id == collection))


def _live(table: Any) -> Any:
    return table.c.state.in_(LIVE_STATES)


def _json(spec: CollectionSpec) -> str:
    return json.dumps(spec.to_dict())


def _check_name(connection: Connection, owner: str, name: str, collection: str) -> None:
    """The writers' lock is held: nobody takes the name between this and the write."""
    if owner and name.lower() == LESSONS:
        raise SpecError("name", name, "a name other than that of the collection that comes with the app")
    same = select(COLLECTIONS.c.id).where(COLLECTIONS.c.owner == owner, COLLECTIONS.c.name == name)
    if connection.execute(same.where(LIVE_COLLECTION, COLLECTIONS.c.id != collection)).first():
        raise SpecError("name", name, "a name that no other collection of yours has")


def _change(connection: Connection, collection: str, **values: Any) -> None:
    mine = update(COLLECTIONS).where(COLLECTIONS.c.id == collection, LIVE_COLLECTION)
    if connection.execute(mine.values(updated=time.time(), **values)).rowcount != 1:
        raise missing_collection()
