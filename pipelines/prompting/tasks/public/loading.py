"""A public set as items: from a local file in any form in which it is published, or from the Hub."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.tasks.own.limits import PUBLIC as LIMITS
from pipelines.prompting.tasks.own.reading import items_of_rows
from pipelines.prompting.tasks.own.rows import Row, rows_of
from pipelines.prompting.tasks.public.files import read_bounded
from pipelines.prompting.tasks.public.kept import kept_rows
from pipelines.prompting.tasks.public.sets import PublicSet
from pipelines.prompting.tasks.public.shapes import ROLES
from pipelines.prompting.tasks.task_set import TaskSet

_TASK = "task"  # the column that names the task of a set with parts


def from_file(wanted: PublicSet, path: Path, part: str = "") -> TaskSet:
    """Of JSON, JSON lines or CSV, also packed as .gz or .xz. Raises :class:`GlassworksError`."""
    return from_text(wanted, read_bounded(path, LIMITS.bytes), part)


def from_text(wanted: PublicSet, text: str | bytes, part: str = "") -> TaskSet:
    return _set(wanted, part, rows_of(text, LIMITS))


def from_hub(wanted: PublicSet, part: str = "", folder: Path | None = None) -> TaskSet:
    """For a worker: it may take minutes. With a ``folder`` the rows are kept there, and the next time read
    from it. Raises :class:`GlassworksError` where the Hub has no copy or cannot be reached."""
    if wanted.hub is None:
        raise GlassworksError(
            f"No copy of {wanted.kind.title} on the Hub can be read without a script; bring it as a file."
        )
    rows = []
    for config in _configs(wanted, part):
        found = kept_rows(replace(wanted.hub, config=config), folder)
        rows += [row | {_TASK: config} if wanted.kind.parts else row for row in found]
    return _set(wanted, part, [Row(f"row {i}", row) for i, row in enumerate(rows, 1)])


def _configs(wanted: PublicSet, part: str) -> Sequence[str]:
    if not wanted.kind.parts:
        return (wanted.hub.config,) if wanted.hub else ()
    return (part,) if part else wanted.kind.parts


def _set(wanted: PublicSet, part: str, rows: Sequence[Row]) -> TaskSet:
    name = f"{wanted.kind.name}/{part}" if part else wanted.kind.name
    mine = [row for row in rows if not part or row.values.get(_TASK, part) == part]
    if not mine:
        found = sorted({str(row.values.get(_TASK)) for row in rows})
        raise SpecError("task", part, f"a task that the file holds: {', '.join(found)[:400]}")
    shaped = [Row(row.where, _shaped(wanted, row)) for row in mine]
    there = {column for row in shaped for column in row.values}
    lacking = [role for role in ("question", "answer") if role not in there]
    if lacking:
        raise SpecError(
            "file", ", ".join(sorted(there)), f"the columns of {wanted.kind.title}, as it is published"
        )
    columns = {role: column for role, column in ROLES.items() if column in there}
    return replace(items_of_rows(shaped, columns, name.replace("/", "-"), LIMITS), name=name)


def _shaped(wanted: PublicSet, row: Row) -> dict[str, Any]:
    return {name: value for name, value in wanted.shape(row.values).items() if value is not None}
