"""The queue of documents as the retrieval worker gets on with it. Rows only."""

import time
from typing import Any

from sqlalchemy import Connection, case, func, select, update

from pipelines.core.database import Database
from pipelines.rag.collections import LIVE_STATES
from pipelines.rag.indexing.rows import (
    LIVE_ADDITION,
    LIVE_ITEM,
    UNCHANGED,
    as_item,
    end_item,
    is_same,
    live_items,
    outcome,
    set_document,
    set_item,
)
from pipelines.rag.records import Item, ItemStage, State
from pipelines.rag.tables import ADDITIONS, DOCUMENTS, ITEMS


class Items:
    """The documents of one addition."""

    def __init__(self, database: Database, addition: str):
        self._database, self._addition = database, addition

    def begin(self) -> bool:
        """Mark the addition as running; False when it is over."""
        running = update(ADDITIONS).where(ADDITIONS.c.id == self._addition, LIVE_ADDITION)
        with self._database.write() as connection:
            values = {"state": State.RUNNING.value, "updated": time.time()}
            return connection.execute(running.values(**values)).rowcount == 1

    def rest(self) -> list[Item]:
        """Those that are not over, in their order."""
        with self._database.read() as connection:
            return [as_item(row) for row in connection.execute(live_items(addition=self._addition))]

    def take(self, item: Item) -> Item | None:
        """Mark the item as running, with an attempt more, for the revision after the document's own. None
        when it is over, or needless since the same bytes have come meanwhile."""
        with self._database.write() as connection:
            document = connection.execute(select(DOCUMENTS).where(DOCUMENTS.c.id == item.document)).first()
            row = connection.execute(select(ITEMS).where(ITEMS.c.id == item.id)).first()
            if row is None or row.state not in LIVE_STATES or document is None or document.deleting:
                return None
            if is_same(document, item.content_hash):
                set_item(connection, item.id, state=State.SUCCEEDED.value, message=UNCHANGED)
                return None
            if not document.revision:
                set_document(connection, item.document, state=State.RUNNING.value)
            tried = {"attempts": row.attempts + 1, "revision": document.revision + 1}
            set_item(connection, item.id, state=State.RUNNING.value, **tried)
            return as_item(connection.execute(select(ITEMS).where(ITEMS.c.id == item.id)).first())

    def cut(self, item: Item, facts: dict[str, Any], chunks: int) -> None:
        """The document's text and chunks are kept; ``facts`` are its title, kind, characters, pages and
        notes."""
        self._set(item, stage=ItemStage.CUT.value, attempts=0, total=chunks, **facts)

    def embedded(self, item: Item) -> None:
        self._set(item, stage=ItemStage.EMBEDDED.value, attempts=0, done=ITEMS.c.total)

    def progress(self, phase: str, item: Item | None = None, done: int | None = None) -> bool:
        """Write down how far it is; False when this is to end: cancelled, deleted or gone."""
        mine = update(ADDITIONS).where(ADDITIONS.c.id == self._addition, LIVE_ADDITION)
        wanted = mine.where(ADDITIONS.c.cancelling == 0).values(phase=phase, updated=time.time())
        with self._database.write() as connection:
            if item and done is not None:  # further than ever before: this document is no poison
                attempts = case((ITEMS.c.done < done, 0), else_=ITEMS.c.attempts)
                set_item(connection, item.id, done=done, attempts=attempts)
            if connection.execute(wanted).rowcount != 1:
                return False
            return item is None or _is_running(connection, item)

    def end_item(self, item: Item, state: State, message: str = "") -> None:
        """FAILED or CANCELLED: see :func:`pipelines.rag.indexing.rows.end_item`."""
        with self._database.write() as connection:
            end_item(connection, item, state, message)

    def end(self, state: State | None = None, message: str = "") -> None:
        """The addition is over: without a state, by what became of its documents. What is left of them ends
        as it does."""
        with self._database.write() as connection:
            for row in connection.execute(live_items(addition=self._addition)).all():
                end_item(connection, as_item(row), state or State.CANCELLED, message)
            found = (state, message) if state else outcome(connection, self._addition)
            mine = update(ADDITIONS).where(ADDITIONS.c.id == self._addition, LIVE_ADDITION)
            values = {"state": found[0].value, "message": found[1], "phase": "", "updated": time.time()}
            connection.execute(mine.values(**values))

    def is_wanted(self) -> bool:
        """Whether the addition is live and not cancelled."""
        asked = select(ADDITIONS.c.id).where(ADDITIONS.c.id == self._addition, LIVE_ADDITION)
        with self._database.read() as connection:
            return connection.execute(asked.where(ADDITIONS.c.cancelling == 0)).first() is not None

    def counts(self) -> tuple[int, int, int]:
        """Chunks done, chunks known and documents that are over."""
        over = func.sum(case((LIVE_ITEM, 0), else_=1))
        sums = (func.coalesce(one, 0) for one in (func.sum(ITEMS.c.done), func.sum(ITEMS.c.total), over))
        with self._database.read() as connection:
            row = connection.execute(select(*sums).where(ITEMS.c.addition == self._addition)).one()
            return int(row[0]), int(row[1]), int(row[2])

    def _set(self, item: Item, **values: Any) -> None:
        with self._database.write() as connection:
            set_item(connection, item.id, **values)


def _is_running(connection: Connection, item: Item) -> bool:
    state = connection.execute(select(ITEMS.c.state).where(ITEMS.c.id == item.id)).scalar_one_or_none()
    return state == State.RUNNING.value
