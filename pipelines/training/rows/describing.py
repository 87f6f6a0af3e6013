"""What a file of rows holds, for a list and a first look. Run as a process for a big one:
``python -m pipelines.training.rows.describing FILE MAX_BYTES`` prints JSON.
"""

import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.training.aside import aside, say
from pipelines.training.rows.formats import Recognised, UnknownRowsError, recognise
from pipelines.training.rows.reading import PARQUET, read
from pipelines.training.rows.table import BadRowsError, Limits, Table
from pipelines.training.rows.values import clipped_value

_SMALL_BYTES = 200_000
_HEAD, _CHARS = 40, 1_000
_UNKNOWN = Recognised("", {}, "")


@dataclass(frozen=True)
class About:
    """``format``, ``task`` and ``roles`` are what was recognised, empty where nothing was; ``bytes`` are
    those of the file on disk; ``head`` holds the first rows, their texts cut."""

    rows: int
    columns: tuple[str, ...]
    format: str
    task: str
    roles: dict[str, str]
    bytes: int
    head: Table

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "About":
        head = {name: tuple(part) for name, part in values["head"].items()}
        return cls(**{**values, "columns": tuple(values["columns"]), "head": Table(**head)})


def about(path: Path, max_bytes: int) -> About:
    """Read the whole file once, here when it is small and plain, else in a process of its own. Raises
    :class:`GlassworksError` for a bad file; rows that no format fits are no fault."""
    packed = path.suffix.lower() in (".gz", PARQUET)
    if path.is_file() and (packed or path.stat().st_size > _SMALL_BYTES):
        arguments = (str(path.resolve()), str(max_bytes))
        answer = aside("pipelines.training.rows.describing", *arguments, name=path.name, fault=BadRowsError)
        return About.from_dict(answer)
    return look(path, max_bytes)


def look(path: Path, max_bytes: int) -> About:
    """As :func:`about`, in this process."""
    table = read(path, limits=Limits(bytes=max_bytes))
    try:
        known = recognise(table)
    except UnknownRowsError:
        known = _UNKNOWN
    size = path.stat().st_size
    rows = len(table.rows)
    return About(rows, table.columns, known.format, known.task, known.roles, size, head_of(table))


def head_of(table: Table) -> Table:
    """The first rows, their texts cut."""
    rows = tuple(clipped_value(row, _CHARS) for row in table.rows[:_HEAD])
    columns = tuple(dict.fromkeys(column for row in rows for column in row))
    return Table(columns, rows, table.numbers[:_HEAD])


if __name__ == "__main__":
    say(lambda: look(Path(sys.argv[1]), int(sys.argv[2])).to_dict())
