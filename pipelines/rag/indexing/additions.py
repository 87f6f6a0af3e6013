"""The queue of documents to be worked on, as the page sees it: added, cancelled, waiting. Rows only."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError
from pipelines.core.ids import new_id
from pipelines.rag.indexing.rows import (
    LIVE_ADDITION,
    UNCHANGED,
    as_item,
    end_item,
    is_same,
    live_items,
    outcome,
    set_document,
)
from pipelines.rag.records import ItemStage, State
from pipelines.rag.store import missing_collection
from pipelines.rag.tables import ADDITIONS, COLLECTIONS, DOCUMENTS, ITEMS, LIVE_COLLECTION, LIVE_DOCUMENT

_REMEMBERED = 50  # additions to one collection
_FRESH = {"stage": ItemStage.KEPT.value, "revision": 0, "attempts": 0, "done": 0, "total": 0}


@dataclass(frozen=True)
class Incoming:
    """A file that was received: ``id`` will be its item's and is its name on the disk, ``content_hash`` that
    of its bytes."""

    id: str
    name: str
    kind: str
    bytes: int
    content_hash: str


@dataclass(frozen=True)
class Bounds:
    """What one visitor may keep, all collections together."""

    documents: int
    bytes: int


@dataclass(frozen=True)
class Waiting:
    """An addition that is not over."""

    id: str
    owner: str
    collection: str
    cancelling: bool


class Additions:
    """Safe to share between threads and processes."""

    def __init__(self, database: Database):
        self._database = database

    def add(
        self,
        collection: str,
        owner: str,
        files: Sequence[Incoming],
        bounds: Bounds | None = None,
        refused: Sequence[tuple[str, str]] = (),
    ) -> tuple[str, set[str]]:
        """The new addition's id, and the items whose file is needed: for a document that has the same bytes
        already there is nothing to do. ``refused`` are (name, why) of files that were not received. Raises
        ConflictError past the bounds."""
        now = time.time()
        with self._database.write() as connection:
            _check_live(connection, collection)
            known = _known(connection, collection)
            if bounds:
                _check_bounds(connection, owner, files, known, bounds)
            addition, needed = new_id(now), set()
            for position, file in enumerate(files):
                if _queued(connection, (addition, collection, position), file, known.get(file.name)):
                    needed.add(file.id)
            for position, (name, why) in enumerate(refused, start=len(files)):
                _refused(connection, (addition, collection, position), name, why)
            state, message = (State.QUEUED, "") if needed else outcome(connection, addition)
            row = {"id": addition, "collection": collection, "owner": owner, "state": state.value}
            row |= {"phase": "waiting" if needed else "", "cancelling": 0, "message": message}
            connection.execute(insert(ADDITIONS).values(**row, created=now, updated=now))
            _forget_old(connection, collection)
        return addition, needed

    def cancel(self, addition: str) -> None:
        """Have it end before its next batch; what is done stays. One that is over stays as it is."""
        with self._database.write() as connection:
            asked = update(ADDITIONS).where(ADDITIONS.c.id == addition, LIVE_ADDITION)
            connection.execute(asked.values(cancelling=1, phase="cancelling", updated=time.time()))

    def waiting(self) -> list[Waiting]:
        """What is not over, oldest first."""
        asked = select(ADDITIONS).where(LIVE_ADDITION).order_by(ADDITIONS.c.created, ADDITIONS.c.id)
        with self._database.read() as connection:
            rows = connection.execute(asked)
            return [Waiting(row.id, row.owner, row.collection, bool(row.cancelling)) for row in rows]

    def pause(self, addition: str) -> None:
        """The work was ended in good order: the attempt does not count."""
        mine = update(ITEMS).where(ITEMS.c.addition == addition, ITEMS.c.state == State.RUNNING.value)
        with self._database.write() as connection:
            connection.execute(mine.where(ITEMS.c.attempts > 0).values(attempts=ITEMS.c.attempts - 1))

    def fail(self, addition: str, message: str) -> None:
        """With all of it that is not done; what it leaves is taken away when the collection is mended."""
        with self._database.write() as connection:
            for row in connection.execute(live_items(addition=addition)).all():
                end_item(connection, as_item(row), State.FAILED, message)
            mine = update(ADDITIONS).where(ADDITIONS.c.id == addition, LIVE_ADDITION)
            values = {"state": State.FAILED.value, "phase": "", "message": message, "updated": time.time()}
            connection.execute(mine.values(**values))
            whose = select(ADDITIONS.c.collection).where(ADDITIONS.c.id == addition).scalar_subquery()
            connection.execute(update(COLLECTIONS).where(COLLECTIONS.c.id == whose).values(words=0))

    def files_needed(self, collection: str) -> set[str]:
        """The items that are not over."""
        with self._database.read() as connection:
            return {row.id for row in connection.execute(live_items(collection=collection))}


def _check_live(connection: Connection, collection: str) -> None:
    asked = select(COLLECTIONS.c.id).where(COLLECTIONS.c.id == collection, LIVE_COLLECTION)
    if connection.execute(asked).first() is None:
        raise missing_collection()


def _forget_old(connection: Connection, collection: str) -> None:
    """Of additions that are over the last ones are remembered."""
    over = select(ADDITIONS.c.id).where(ADDITIONS.c.collection == collection, ~LIVE_ADDITION)
    newest = over.order_by(ADDITIONS.c.created.desc(), ADDITIONS.c.id.desc())
    old = [row.id for row in connection.execute(newest).all()[_REMEMBERED:]]
    for table, column in ((ITEMS, ITEMS.c.addition), (ADDITIONS, ADDITIONS.c.id)):
        connection.execute(delete(table).where(column.in_(old)))


def _known(connection: Connection, collection: str) -> dict[str, Row]:
    asked = select(DOCUMENTS).where(DOCUMENTS.c.collection == collection, LIVE_DOCUMENT)
    return {row.name: row for row in connection.execute(asked)}


def _check_bounds(
    connection: Connection, owner: str, files: Sequence[Incoming], known: dict[str, Row], bounds: Bounds
) -> None:
    mine = select(COLLECTIONS.c.id).where(COLLECTIONS.c.owner == owner)
    sums = select(func.count(), func.coalesce(func.sum(DOCUMENTS.c.bytes), 0))
    held = connection.execute(sums.where(DOCUMENTS.c.collection.in_(mine), LIVE_DOCUMENT)).one()
    count, size = map(int, held)  # PostgreSQL's sums are decimals
    more = [file for file in files if file.name not in known]
    if count + len(more) > bounds.documents:
        raise ConflictError(
            f"You keep {count:,} documents, and {bounds.documents:,} is the limit here: these would be "
            f"{len(more):,} more. Delete some first."
        )
    grown = sum(file.bytes - (known[file.name].bytes if file.name in known else 0) for file in files)
    if size + grown > bounds.bytes:
        raise ConflictError(
            f"Your documents take {size / 1e6:,.1f} MB, and {bounds.bytes / 1e6:,.0f} MB is the limit here: "
            f"these would be {grown / 1e6:,.1f} MB more. Delete some first."
        )


def _queued(
    connection: Connection, place: tuple[str, str, int], file: Incoming, document: Row | None
) -> bool:
    """Whether there is work for this file; its row, and that of its document, are written."""
    addition, collection, position = place
    same = is_same(document, file.content_hash) and not _at_work(connection, document.id)
    facts = {"name": file.name, "title": file.name, "kind": file.kind, "bytes": file.bytes, "notes": "[]"}
    facts |= {"collection": collection, "characters": 0, "pages": 0}
    if document is None:
        id_ = _new_document(connection, facts)
    else:
        id_ = document.id
        if not document.revision:
            set_document(connection, id_, state=State.QUEUED.value, message="")
    row = {"id": file.id, "addition": addition, "document": id_, "position": position}
    row |= {"state": (State.SUCCEEDED if same else State.QUEUED).value, "message": UNCHANGED if same else ""}
    connection.execute(insert(ITEMS).values(**_FRESH, **facts, **row, content_hash=file.content_hash))
    return not same


def _refused(connection: Connection, place: tuple[str, str, int], name: str, why: str) -> None:
    """A row for the count and the message; there is no document."""
    addition, collection, position = place
    row = {"id": new_id(), "addition": addition, "collection": collection, "position": position}
    row |= {"name": name, "title": name, "kind": "", "bytes": 0, "notes": "[]", "characters": 0, "pages": 0}
    row |= {"document": "", "content_hash": "", "state": State.FAILED.value, "message": why}
    connection.execute(insert(ITEMS).values(**_FRESH, **row))


def _at_work(connection: Connection, document: str) -> bool:
    """Whether other bytes are on their way into the document."""
    return connection.execute(live_items(document=document)).first() is not None


def _new_document(connection: Connection, facts: dict[str, object]) -> str:
    now = time.time()
    row = {"id": new_id(now), "state": State.QUEUED.value, "message": "", "content_hash": ""}
    row |= {"chunks": 0, "revision": 0, "deleting": 0, "created": now, "updated": now}
    connection.execute(insert(DOCUMENTS).values(**facts, **row))
    return row["id"]
