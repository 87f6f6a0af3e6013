"""Branch trees as rows, each visible to its owner alone. Knows nothing of what a tree holds."""

import json
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Double, Integer, MetaData, String, Table, Text, delete, func, insert, select
from sqlalchemy import update as change

from pipelines.core.database import Database
from pipelines.core.errors import ConflictError, NotFoundError, SpecError
from pipelines.core.held import Held, held_rows
from pipelines.core.ids import is_id, new_id

MAX_TREES = 50  # of one visitor
MAX_CHARS = 1_000_000  # of one tree as JSON
MAX_TITLE = 120

TREES = Table(
    "decoding_trees",
    MetaData(),
    Column("id", String(12), primary_key=True),
    *(Column(name, String) for name in ("owner", "title", "model")),
    Column("tree", Text),
    *(Column(name, Double) for name in ("created", "updated")),
    Column("version", Integer),
)
_LISTED = [TREES.c[name] for name in ("id", "title", "model", "created", "updated")]


@dataclass(frozen=True)
class Listed:
    """What a list of trees shows. Times are epoch seconds."""

    id: str
    title: str
    model: str
    created: float
    updated: float


@dataclass(frozen=True)
class Stored:
    """A tree as it is kept; ``version`` grows by one with each change."""

    id: str
    title: str
    version: int
    tree: dict[str, Any]


class TreeStore:
    """Every method takes the visitor's id; a tree of someone else does not exist."""

    def __init__(self, database: Database):
        self._database = database

    def add(self, owner: str, title: str, model: str, tree: dict[str, Any]) -> Stored:
        """Raises ConflictError when this visitor has as many as are kept."""
        now = time.time()
        row = {"id": new_id(now), "owner": owner, "title": _title(title), "model": model, "version": 1}
        row |= {"tree": _text(tree), "created": now, "updated": now}
        with self._database.write() as connection:
            count = select(func.count()).select_from(TREES).where(TREES.c.owner == owner)
            if connection.execute(count).scalar_one() >= MAX_TREES:
                raise ConflictError(
                    f"You keep {MAX_TREES} trees, which is all there is room for: delete one."
                )
            connection.execute(insert(TREES).values(row))
        return Stored(row["id"], row["title"], 1, tree)

    def list(self, owner: str) -> list[Listed]:
        """The one that was changed last first."""
        newest = select(*_LISTED).where(TREES.c.owner == owner)
        with self._database.read() as connection:
            rows = connection.execute(newest.order_by(TREES.c.updated.desc(), TREES.c.id.desc()))
            return [Listed(**row._mapping) for row in rows]

    def get(self, owner: str, tree_id: str) -> Stored:
        """Raises NotFoundError."""
        wanted = select(TREES.c.id, TREES.c.title, TREES.c.version, TREES.c.tree)
        row = None
        if is_id(tree_id):
            with self._database.read() as connection:
                row = connection.execute(wanted.where(*_of(owner, tree_id))).first()
        if row is None:
            raise _missing()
        return Stored(row.id, row.title, row.version, json.loads(row.tree))

    def save(self, owner: str, tree_id: str, version: int, tree: dict[str, Any]) -> int:
        """Put the tree in the place of that version; the new version. Raises ConflictError where another
        page has changed it meanwhile, NotFoundError where it is gone."""
        values = {"tree": _text(tree), "updated": time.time(), "version": version + 1}
        asked = change(TREES).where(*_of(owner, tree_id), TREES.c.version == version).values(values)
        with self._database.write() as connection:
            if connection.execute(asked).rowcount == 1:
                return version + 1
        self.get(owner, tree_id)
        raise ConflictError("This tree was changed on another page meanwhile. Open it again to go on.")

    def rename(self, owner: str, tree_id: str, title: str) -> None:
        values = {"title": _title(title), "updated": time.time()}
        with self._database.write() as connection:
            if connection.execute(change(TREES).where(*_of(owner, tree_id)).values(values)).rowcount != 1:
                raise _missing()

    def delete(self, owner: str, tree_id: str) -> None:
        with self._database.write() as connection:
            if connection.execute(delete(TREES).where(*_of(owner, tree_id))).rowcount != 1:
                raise _missing()

    def held(self, owner: str) -> Held:
        return held_rows(self._database, TREES, TREES.c.owner == owner, TREES.c.tree)

    def forget(self, owner: str) -> int:
        """Delete all of this visitor's; how many those were."""
        with self._database.write() as connection:
            return connection.execute(delete(TREES).where(TREES.c.owner == owner)).rowcount


def _of(owner: str, tree_id: str) -> tuple[Any, Any]:
    return TREES.c.owner == owner, TREES.c.id == str(tree_id)


def _missing() -> NotFoundError:
    return NotFoundError("There is no such tree any more; the list shows those that are kept.")


def _title(title: Any) -> str:
    kept = " ".join(title.split()) if isinstance(title, str) else ""
    if not 0 < len(kept) <= MAX_TITLE:
        raise SpecError("title", title, f"text of 1 to {MAX_TITLE} characters")
    return kept.encode("utf-8", "replace").decode()


def _text(tree: dict[str, Any]) -> str:
    text = json.dumps(tree, separators=(",", ":"), allow_nan=False)
    if len(text) > MAX_CHARS:
        raise ConflictError(
            f"This tree takes {len(text):,} characters, and {MAX_CHARS:,} are kept. Delete branches, or "
            "begin from a shorter prompt."
        )
    return text
