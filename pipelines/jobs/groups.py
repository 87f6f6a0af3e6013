"""Jobs that were submitted together under one name, so that they are found together again. Knows neither what
is compared nor what the entries hold.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Double, MetaData, Row, String, Table, Text, delete, insert, select

from pipelines.core.database import Database
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.held import Held, held_rows
from pipelines.core.ids import is_id, new_id

MAX_TITLE = 120
_MAX_CHARS = 100_000  # of the entries as JSON

GROUPS = Table(
    "job_groups",
    MetaData(),
    Column("id", String(12), primary_key=True),
    *(Column(name, String) for name in ("kind", "owner", "title")),
    Column("entries", Text),
    Column("created", Double),
)


@dataclass(frozen=True)
class Group:
    """``kind`` says what made it; ``entries`` are JSON objects, one a job (or for what became none), in the
    order in which they were submitted. ``created`` is in epoch seconds."""

    id: str
    kind: str
    owner: str
    title: str
    entries: tuple[dict[str, Any], ...]
    created: float


class GroupStore:
    """The table of groups in one database. Who may see a group is asked elsewhere, by its ``owner``."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, kind: str, owner: str, title: str, entries: list[dict[str, Any]]) -> Group:
        """Raises SpecError for a title that is empty or too long."""
        kept = " ".join(title.split()) if isinstance(title, str) else ""
        if not 0 < len(kept) <= MAX_TITLE:
            raise SpecError("title", title, f"text of 1 to {MAX_TITLE} characters")
        text = json.dumps(entries, ensure_ascii=False, allow_nan=False)
        if len(text) > _MAX_CHARS:
            raise SpecError("entries", f"{len(text):,} characters", f"at most {_MAX_CHARS:,}")
        now = time.time()
        row = {"id": new_id(now), "kind": kind, "owner": owner, "title": kept, "created": now}
        with self._database.write() as connection:
            connection.execute(insert(GROUPS).values({**row, "entries": text}))
        return Group(**row, entries=tuple(entries))

    def get(self, group_id: Any) -> Group:
        """Raises NotFoundError."""
        row = None
        if is_id(group_id):
            with self._database.read() as connection:
                row = connection.execute(select(GROUPS).where(GROUPS.c.id == group_id)).first()
        if row is None:
            raise NotFoundError("There is no such group of jobs.")
        return _group(row)

    def list(self, kind: str, owner: str | None = None, limit: int = 50) -> list[Group]:
        """Newest first; with ``owner``, only that visitor's."""
        wanted = select(GROUPS).where(GROUPS.c.kind == kind)
        if owner is not None:
            wanted = wanted.where(GROUPS.c.owner == owner)
        newest = wanted.order_by(GROUPS.c.created.desc(), GROUPS.c.id.desc()).limit(limit)
        with self._database.read() as connection:
            return [_group(row) for row in connection.execute(newest)]

    def delete(self, group_id: str) -> None:
        """Its jobs stay as they are."""
        with self._database.write() as connection:
            connection.execute(delete(GROUPS).where(GROUPS.c.id == group_id))

    def held(self, owner: str) -> Held:
        """Of every kind."""
        return held_rows(self._database, GROUPS, GROUPS.c.owner == owner, GROUPS.c.entries)

    def of(self, owner: str) -> "list[Group]":
        """All of this visitor's, of every kind, newest first."""
        mine = select(GROUPS).where(GROUPS.c.owner == owner)
        with self._database.read() as connection:
            return [_group(row) for row in connection.execute(mine.order_by(GROUPS.c.created.desc()))]

    def forget(self, owner: str) -> int:
        """Delete all of this visitor's; how many those were. Their jobs stay."""
        with self._database.write() as connection:
            return connection.execute(delete(GROUPS).where(GROUPS.c.owner == owner)).rowcount


def _group(row: Row) -> Group:
    values = dict(row._mapping)
    return Group(**{**values, "entries": tuple(json.loads(values["entries"]))})
