"""Which models and tokenizers there are, by their one name. Reads files only: no torch, no database.

A tokenizer goes by the name of its model, or by that of the job that trained it alone. A model as it stood
at a step of its training (``run/<job id>@<step>``) is listed by :meth:`Catalogue.checkpoints` alone. Who may
use which is not known here: the pages check that (``ModelName.local``).
"""

import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.ids import is_id
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.kinds import MODEL, TOKENIZER, Result, result_of
from pipelines.jobs.states import JobState
from pipelines.models import minilm
from pipelines.models.adapters import Place, place_of
from pipelines.models.artifacts import is_adapter
from pipelines.models.endpoints import Endpoint, endpoint, endpoints
from pipelines.models.entries import ModelEntry, read_entry
from pipelines.models.hub import fetch, fetch_tokenizer, on_disk
from pipelines.models.names import ModelName, Source, parse
from pipelines.models.tokenizers import TokenizerEntry, read_tokenizer, tokenizer_of

__all__ = ["Catalogue", "ModelEntry", "TokenizerEntry"]

_LISTED = 20  # names that a "no such model" message shows
_log = logging.getLogger(__name__)


class Catalogue:
    """Safe to share between threads. An entry is read again only when one of the folder's files changed."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._lock = threading.Lock()
        self._cache: dict[tuple[Any, str], tuple[tuple[int, ...], Any]] = {}

    def entries(self, capability: str | None = None) -> list[ModelEntry]:
        """House models by name, MiniLM where it is packaged, then runs newest first; with ``capability``,
        only those that have it."""
        folders = [*self._house(), *self._packaged(), *self._runs(MODEL)]
        found = (self._cached(name, folder, self._read) for name, folder in folders)
        return [e for e in found if e and (capability is None or capability in e.capabilities)]

    def get(self, name: str) -> ModelEntry:
        """Raises SpecError for no model's name, NotFoundError for an unknown one. A Hub model is fetched."""
        parsed = parse(name)
        folder = self.resolve(name)
        if parsed.source in (Source.HOUSE, Source.RUN) or name == minilm.NAME:
            return self._cached(name, folder, self._read) or self._read(name, folder)
        if parsed.source is Source.HUB:
            self._line(name, folder, self._base)  # the base of an adapter is fetched with it
        return self._read(name, folder)

    def place(self, name: str) -> Place:
        """Where the model's files lie, and those of what it is an adapter for; a Hub model that is not on
        this disk yet is fetched. The errors are those of :meth:`get`."""
        return self._line(name, self.resolve(name), self._base)

    def resolve(self, name: str) -> Path:
        """The folder that holds the model's files; fetches a Hub model that is not on this disk yet."""
        parsed = parse(name)
        if parsed.source is Source.RUN and parsed.step is None and self._artifact(parsed.rest, TOKENIZER):
            raise NotFoundError(
                f"{name} is a tokenizer, not a model; name it where a tokenizer is asked for."
            )
        return self._located(name)

    def endpoints(self) -> list[Endpoint]:
        """The servers that the owner has named; they have no files, so no other list has them."""
        return endpoints(self._settings)

    def endpoint(self, name: str) -> Endpoint:
        """Raises NotFoundError where no server is called so."""
        return endpoint(self._settings, name)

    def checkpoints(self, name: str) -> list[int]:
        """The steps of a run (``run/<job id>``, with or without a step) at which the model can be looked at
        as ``run/<job id>@<step>``; more of them while the run goes on, none for what is no run."""
        parsed = parse(name)
        return self._job(parsed.rest).snapshot_steps() if parsed.source is Source.RUN else []

    def tokenizers(self) -> list[TokenizerEntry]:
        """As :meth:`entries`, and among the runs those that trained a tokenizer alone. An adapter that reads
        with its base's is left out: the base has it."""
        folders = [*self._house(), *self._runs(MODEL, TOKENIZER)]
        own = ((name, f) for name, f in folders if not is_adapter(f) or (f / "tokenizer.json").is_file())
        return [e for name, folder in own if (e := self._cached(name, folder, self._read_tokenizer))]

    def tokenizer(self, name: str) -> TokenizerEntry:
        """The tokenizer of a model's name or of a tokenizer run; the errors are those of :meth:`get`."""
        folder = self.tokenizer_folder(name)
        read = self._read_tokenizer
        return self._cached(name, folder, read) or read(name, folder)

    def tokenizer_folder(self, name: str) -> Path:
        """The folder that holds the tokenizer's files: a model's, or one that was trained by itself; for an
        adapter that has none, its base's. Of a Hub model that is not here, the tokenizer's files alone are
        fetched."""
        parsed = parse(name)
        if parsed.source is Source.HUB and not on_disk(parsed.rest):
            return fetch_tokenizer(parsed.rest)
        folder = self._located(name, "model or tokenizer", MODEL, TOKENIZER)
        return self._line(name, folder, self._base).tokenizer

    def _read(self, name: str, folder: Path) -> ModelEntry:
        """The entry from what is on this disk."""
        return read_entry(name, folder, self._here(name, folder).base)

    def _read_tokenizer(self, name: str, folder: Path) -> TokenizerEntry:
        if not is_adapter(folder):
            return read_tokenizer(name, folder)
        return tokenizer_of(self._read(name, folder), self._here(name, folder).tokenizer)

    def _here(self, name: str, folder: Path) -> Place:
        """As :meth:`place`, fetching nothing: a line may end at an adapter."""
        return self._line(name, folder, lambda base: None if _elsewhere(base) else self._base(base))

    def _line(self, name: str, folder: Path, locate: Callable[[str], Path | None]) -> Place:
        return place_of(name, folder, locate, self._settings.on_space)

    def _base(self, name: str) -> Path:
        """The folder of an adapter's base. Its fault lists no models: listing them asks for bases."""
        folder = self._found(name, MODEL)
        if folder is None:
            raise NotFoundError(f"There is no model {name!r}.")
        return folder

    def _located(self, name: str, noun: str = "model", *results: Result) -> Path:
        folder = self._found(name, *(results or (MODEL,)))
        if folder is None:
            raise NotFoundError(f"There is no {noun} {name!r}{self._known()}.")
        return folder

    def _found(self, name: str, *results: Result) -> Path | None:
        parsed = parse(name)
        if parsed.source is Source.HUB:
            return fetch(parsed.rest, max_bytes=int(self._settings.max_models_gb * 1e9))
        if parsed.source is Source.ENDPOINT:
            raise NotFoundError(
                f"{name} is a server, not a model on this disk; choose a house, run or Hub model."
            )
        if parsed.step is not None:
            return self._checkpoint(parsed)
        folder = self._folder(parsed, *results)
        return folder if folder and folder.is_dir() else None

    def _folder(self, name: ModelName, *results: Result) -> Path | None:
        if name.source is Source.HOUSE:
            return self._settings.house_models / name.rest
        if name.source is Source.RUN:
            return self._artifact(name.rest, *results)
        return Path(name.rest).expanduser()

    def _checkpoint(self, name: ModelName) -> Path:
        folder = self._job(name.rest).snapshot(name.step)
        if not folder.is_dir():
            kept = ", ".join(map(str, self.checkpoints(str(name))))
            there = f"it has those of the steps {kept}" if kept else "it has none to look at"
            raise NotFoundError(f"run/{name.rest} has no checkpoint of step {name.step} (any more): {there}.")
        return folder

    def _artifact(self, job_id: str, *results: Result) -> Path | None:
        """What a run has made, once the run says that it succeeded, if it is one of ``results``."""
        job = self._job(job_id)
        left = job.left()
        made = left and left.state is JobState.SUCCEEDED and result_of(job.kind()) in results
        return job.artifact if made else None

    def _job(self, job_id: str) -> JobDir:
        return JobDir(self._settings.runs / job_id)

    def _house(self) -> Iterator[tuple[str, Path]]:
        for folder in sorted(_subfolders(self._settings.house_models)):
            yield f"house/{folder.name}", folder

    def _packaged(self) -> Iterator[tuple[str, Path]]:
        if minilm.folder():
            yield minilm.NAME, self.resolve(minilm.NAME)

    def _runs(self, *results: Result) -> Iterator[tuple[str, Path]]:
        for folder in sorted(_subfolders(self._settings.runs), reverse=True):  # an id sorts by its time
            artifact = self._artifact(folder.name, *results) if is_id(folder.name) else None
            if artifact and artifact.is_dir():
                yield f"run/{folder.name}", artifact

    def _cached(self, name: str, folder: Path, read: Callable[[str, Path], Any]) -> Any:
        """The entry, or None for a folder that holds nothing sound (said once in the log)."""
        stamp = self._stamp(name, folder)
        with self._lock:
            known = self._cache.get((read, name))
        if known and known[0] == stamp:
            return known[1]
        try:
            entry = read(name, folder)
        except GlassworksError as error:
            _log.warning("%s is left out of the models and tokenizers: %s", name, error)
            entry = None
        with self._lock:
            self._cache[read, name] = (stamp, entry)
        return entry

    def _stamp(self, name: str, folder: Path) -> tuple[int, ...]:
        """Changes with the files of a model, and with those of what it is an adapter for."""
        if not is_adapter(folder):
            return _stamp(folder)
        try:
            return tuple(n for place in self._here(name, folder).line() for n in _stamp(place.folder))
        except GlassworksError as error:
            return (*_stamp(folder), hash(str(error)))

    def _known(self) -> str:
        names = [entry.name for entry in self.entries()]
        if not names:
            return "; none is here yet: train one, or name a Hub model as owner/name"
        return f"; here are {', '.join(names[:_LISTED])}{' …' if len(names) > _LISTED else ''}"


def _elsewhere(name: str) -> bool:
    """On the Hub, and not on this disk."""
    parsed = parse(name)
    return parsed.source is Source.HUB and not on_disk(parsed.rest)


def _subfolders(folder: Path) -> list[Path]:
    return [p for p in folder.iterdir() if p.is_dir()] if folder.is_dir() else []


def _stamp(folder: Path) -> tuple[int, ...]:
    """Changes when a file of the folder is added, removed or rewritten."""
    try:
        files = sorted(folder.iterdir())
        return tuple(n for f in files for n in (f.stat().st_mtime_ns, f.stat().st_size, hash(f.name)))
    except OSError:
        return ()
