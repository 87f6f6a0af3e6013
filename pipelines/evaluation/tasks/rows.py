"""A task's items: from the set that comes with the app, from a local file in the published format, or from
the Hub. For a worker.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.hub import hub_rows
from pipelines.evaluation.tasks.reading import Row, rows_of
from pipelines.evaluation.tasks.shots import NO_SHOTS, Shots, with_shots
from pipelines.evaluation.tasks.task import Task

BUNDLED = REPOSITORY / "assets" / "benchmarks"
_UPLOAD = "upload:"


@dataclass(frozen=True)
class Loaded:
    """``digest`` tells these items with their examples, and how the task puts them, from all others.
    ``shots`` are the first item's examples: for a task that has the same before all."""

    items: tuple[Item, ...]
    digest: str
    shots: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class _Rows:
    """``pool``: those that examples come from."""

    asked: Sequence[Row]
    pool: Sequence[Row]


def load(
    task: Task,
    part: str,
    file: str,
    limit: int,
    settings: Settings,
    owner_upload: Callable[[str], Path] | None = None,
    shots: Shots = NO_SHOTS,
) -> Loaded:
    """The first ``limit`` items of each part, 0 for all; of ``part`` alone where it is named. ``file`` is a
    path, or ``upload:<id>`` that ``owner_upload`` finds; empty for the task's own place. Each item has its
    solved examples. Raises :class:`GlassworksError` that names the row and the field at fault."""
    place = _place(task, file, owner_upload)
    rows = _of_file(task, place) if place else _of_hub(task, part, settings, bool(shots.count))
    asked, pools = _by_part(task, rows.asked, part), _by_part(task, rows.pool, part)
    items: list[Item] = []
    for name, held in asked.items():
        kept = [_item(task, name, row, number) for number, row in enumerate(held[: limit or None])]
        pool = _checked(task, pools.get(name, held)) if shots.count else []
        items += with_shots(task, kept, pool, shots, own=name not in pools)
    if not items:
        raise SpecError("tasks", f"{task.name}/{part}", _known_parts(task, rows.asked))
    return Loaded(tuple(items), _digest(task, items), items[0].shots)


def _place(task: Task, file: str, owner_upload: Callable[[str], Path] | None) -> Path | None:
    """The local file, or None where the rows are the Hub's."""
    if file.startswith(_UPLOAD):
        if owner_upload is None:
            raise SpecError("file", file, "a file of this machine: nothing can be uploaded here")
        return owner_upload(file.removeprefix(_UPLOAD))
    if file:
        return Path(file)
    return BUNDLED / task.bundled if task.bundled else None


def _of_file(task: Task, path: Path) -> _Rows:
    """Where rows name their split those of the task's own are asked, else all."""
    rows = rows_of(path)
    solved = [Row(row.number, one) for row in rows for one in task.solved_in(row.values)]
    rows = [row for row in rows if not task.solved_in(row.values)]
    splits = {name: [row for row in rows if row.values.get("split") == name] for name in _splits(task)}
    asked, pool = splits.get(_splits(task)[0], []), splits.get(_splits(task)[1], [])
    return _Rows(asked or rows, [*pool, *solved])


def _splits(task: Task) -> tuple[str, str]:
    return (task.hub.split, task.hub.shots) if task.hub else ("test", "")


def _of_hub(task: Task, part: str, settings: Settings, shots: bool) -> _Rows:
    if task.hub is None:
        raise GlassworksError(f"{task.title} has no place on the Hub that can be read; bring it as a file.")
    asked = hub_rows(task, task.hub, part, settings)
    if not shots or not task.hub.shots:
        return _Rows(asked, [])
    return _Rows(asked, hub_rows(task, replace(task.hub, split=task.hub.shots), part, settings))


def _by_part(task: Task, rows: Sequence[Row], wanted: str) -> dict[str, list[Row]]:
    """Part → its rows, in the order of the parts' first rows. A row that names no part is of the wanted
    one."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        part = row.part or task.part_of(row.values) or wanted
        if not wanted or part == wanted:
            found.setdefault(part, []).append(row)
    return found


def _known_parts(task: Task, rows: Sequence[Row]) -> str:
    held = sorted({row.part or task.part_of(row.values) for row in rows} - {""})
    return f"a part that the rows hold: {', '.join(held)[:600]}" if held else "a task without parts"


def _item(task: Task, part: str, row: Row, number: int) -> Item:
    _checked(task, [row])
    return Item(f"{part}/{number}" if part else str(number), row.values, part)


def _checked(task: Task, rows: Sequence[Row]) -> list[Mapping[str, Any]]:
    """The rows' values; a fault names its row."""
    for row in rows:
        try:
            task.check(row.values)
        except SpecError as fault:
            raise SpecError(f"row {row.number}, {fault.field}", fault.value, fault.accepted) from None
    return [row.values for row in rows]


def _digest(task: Task, items: Sequence[Item]) -> str:
    """Over all that decides what is asked."""
    digest = hashlib.sha256(f"{task.name}\0{task.version}".encode())
    for item in items:
        told = [item.id, item.part, item.fields, item.shots]
        digest.update(json.dumps(told, sort_keys=True, default=str).encode())
    return digest.hexdigest()
