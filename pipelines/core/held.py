"""How much a store holds of one visitor's."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, func, literal, select

from pipelines.core.database import Database


@dataclass(frozen=True)
class Held:
    """``bytes`` are those of files, or of rows' texts taken as one byte a character."""

    count: int = 0
    bytes: int = 0

    def __add__(self, other: "Held") -> "Held":
        return Held(self.count + other.count, self.bytes + other.bytes)


def held_rows(database: Database, table: Any, where: Any, *texts: Column) -> Held:
    """The rows of a table, or of a join, for which ``where`` holds, with the length of these columns."""
    size = sum((func.coalesce(func.sum(func.length(one)), 0) for one in texts), literal(0))
    with database.read() as connection:
        asked = select(func.count(), size).select_from(table).where(where)
        return Held(*map(int, connection.execute(asked).one()))
