"""What both sides of the queue do to its rows, inside a transaction of theirs."""

from typing import Any

from sqlalchemy import Connection, Row, Select, delete, func, select, update

from pipelines.rag.collections import LIVE_STATES
from pipelines.rag.records import Item, ItemStage, State
from pipelines.rag.tables import ADDITIONS, DOCUMENTS, ITEMS

LIVE_ITEM = ITEMS.c.state.in_(LIVE_STATES)
LIVE_ADDITION = ADDITIONS.c.state.in_(LIVE_STATES)
_NAMED = 3  # documents in the message of an addition
UNCHANGED = "Unchanged: nothing was to be done."
_ITEM = (
    "id", "addition", "collection", "document", "position", "name", "bytes", "content_hash", "state",
    "stage", "revision", "attempts", "done", "total", "message",
)  # fmt: skip


def live_items(**where: str) -> Select:
    """The items that are not over, in their order."""
    asked = select(*(ITEMS.c[name] for name in _ITEM)).where(LIVE_ITEM).order_by(ITEMS.c.position)
    return asked.where(*(ITEMS.c[name] == value for name, value in where.items()))


def as_item(row: Row) -> Item:
    values = {name: row._mapping[name] for name in _ITEM}
    return Item(**{**values, "state": State(row.state), "stage": ItemStage(row.stage)})


def is_same(document: Row | None, content_hash: str) -> bool:
    """Whether these bytes are what can be searched already."""
    return (
        document is not None
        and document.state == State.SUCCEEDED.value
        and document.content_hash == content_hash
    )


def set_item(connection: Connection, item: str, **values: Any) -> None:
    connection.execute(update(ITEMS).where(ITEMS.c.id == item).values(**values))


def set_document(connection: Connection, document: str, **values: Any) -> None:
    connection.execute(update(DOCUMENTS).where(DOCUMENTS.c.id == document).values(**values))


def end_item(connection: Connection, item: Item, state: State, message: str) -> None:
    """An earlier revision stays what is searched. A document that never was keeps the message where it
    failed, and goes where it was cancelled, unless it is still wanted elsewhere."""
    set_item(connection, item.id, state=state.value, message=message)
    document = DOCUMENTS.c.id == item.document
    if state is State.FAILED:
        failed = update(DOCUMENTS).where(document, DOCUMENTS.c.revision == 0)
        connection.execute(failed.values(state=State.FAILED.value, message=message))
        older = update(DOCUMENTS).where(document, DOCUMENTS.c.revision > 0)
        connection.execute(older.values(message=f"The newer file was not taken over: {message}"))
        return
    others = select(func.count()).where(ITEMS.c.document == item.document, LIVE_ITEM)
    if not connection.execute(others).scalar_one():
        never = (DOCUMENTS.c.revision == 0, DOCUMENTS.c.deleting == 0)
        connection.execute(delete(DOCUMENTS).where(document, *never))


def outcome(connection: Connection, addition: str) -> tuple[State, str]:
    """Failed where every document has; else what failed is named."""
    asked = select(ITEMS.c.state, ITEMS.c.message).where(ITEMS.c.addition == addition)
    rows = connection.execute(asked.order_by(ITEMS.c.position)).all()
    failed = [row for row in rows if row.state == State.FAILED.value]
    told = " ".join(row.message for row in failed[:_NAMED])
    if failed and len(failed) == len(rows):
        return State.FAILED, told
    if failed:
        return State.SUCCEEDED, f"{len(failed):,} of {len(rows):,} documents failed. {told}"
    same = sum(row.message == UNCHANGED for row in rows)
    return State.SUCCEEDED, f"{same:,} of {len(rows):,} documents were unchanged." if same else ""
