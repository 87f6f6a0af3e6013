"""What a run has made, to be taken elsewhere: its own folder, or that of the adapter merged into its base,
which a process of its own writes. Knows nothing of Gradio.
"""

import json
import os
import shutil
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from app.outside import lines_of
from app.services import Services
from pipelines.core.errors import ConflictError, GlassworksError
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.models.entries import ModelEntry
from pipelines.models.names import Source, parse
from pipelines.models.push import Push

_FOLDER = "merged"
_DISK_BYTES, _MEMORY_BYTES = 4, 9  # a parameter: folder and archive in 2 bytes each; the model and its copy
_LEFT_FREE = 500_000_000


@dataclass(frozen=True)
class Takeable:
    """``noun`` is what the run's folder holds; ``unmerged`` says why nothing can be merged, empty where it
    can; ``base`` is what an adapter needs beside it, and ``base_on_hub`` whether others find that."""

    noun: str
    unmerged: str = ""
    base: str = ""
    base_on_hub: bool = True


def takeable(services: Services, model: str) -> Takeable:
    """Of a model that is here. Raises a GlassworksError for one that is not, or is not whole."""
    entry = services.models.get(model)
    if not entry.adapter_of:
        return Takeable("model", "This run has changed the weights themselves: nothing is to be merged.")
    on_hub = parse(entry.adapter_of).source is Source.HUB
    try:
        services.models.place(model).need_weights("cannot be merged into its base")
    except GlassworksError as error:
        return Takeable("adapter", str(error), entry.adapter_of, on_hub)
    return Takeable("adapter", "", entry.adapter_of, on_hub)


@contextmanager
def merging_place(settings: Settings) -> Iterator[Path]:
    """A folder for a merged model, gone after the block; so are those that a killed app has left."""
    place = settings.home.resolve() / _FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for left in place.iterdir():
        if not left.name.strip(".").startswith(f"{os.getpid()}-"):
            shutil.rmtree(left, ignore_errors=True)
    folder = place / f"{os.getpid()}-{new_id(time.time())}"
    try:
        yield folder
    finally:
        for left in (folder, folder.with_name(f".{folder.name}.new")):
            shutil.rmtree(left, ignore_errors=True)


def merged(services: Services, model: str, folder: Path) -> Generator[None, None, None]:
    """Write the adapter ``model`` merged into its base into ``folder``; yields now and then until it is done.
    Closing it ends the process. Raises a GlassworksError where it cannot be done."""
    if reason := takeable(services, model).unmerged:
        raise ConflictError(reason)
    _check_room(services.models.get(model), folder)
    last = ""
    lines = lines_of(services.settings, "pipelines.models.merge", model, str(folder))
    while True:
        try:
            last = next(lines) or last
        except StopIteration as end:
            if end.value:
                raise ConflictError(last or "The merge has failed.") from None
            return
        yield


def pushed(services: Services, folder: Path, asked: Push) -> Generator[str, None, None]:
    """What is being done, now and then the same again; the repository's address last. Raises a
    GlassworksError with what the Hub has against it."""
    said: dict[str, Any] = {}
    lines = lines_of(services.settings, "pipelines.models.push", str(folder), told=asked.told())
    for line in lines:
        said = json.loads(line) if line.startswith("{") else said
        if "error" in said:
            lines.close()
            raise ConflictError(str(said["error"]))
        yield str(said.get("url") or said.get("step") or "Starting")
    if "url" not in said:
        raise ConflictError("The upload has ended before its end; push again.")


def _check_room(entry: ModelEntry, folder: Path) -> None:
    free = shutil.disk_usage(folder.parent).free - _LEFT_FREE
    if free < _DISK_BYTES * entry.parameters:
        raise ConflictError("There is no room on the disk for a merged model; delete a job or a model first.")
    needed, available = _MEMORY_BYTES * entry.parameters, psutil.virtual_memory().available
    if available < needed:
        raise ConflictError(
            f"To merge it takes {needed / 1e9:.1f} GB of memory, and {available / 1e9:.1f} GB are free. Wait "
            "until running jobs have ended."
        )
