"""The results that there are, one folder each: ``evaluations/<key>/`` with ``result.json`` and
``outcomes.jsonl.gz``. A folder comes to be whole by a rename and is never changed, so any process may read
while another writes. Standard library only.
"""

import gzip
import logging
import os
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.files import read_json, replacing, write_json
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.evaluation.results.keys import is_key
from pipelines.evaluation.results.records import (
    Kept,
    Result,
    kept_in,
    line_of,
    result_as_json,
    result_in,
)

RESULT, OUTCOMES, LANGUAGE = "result.json", "outcomes.jsonl", "language.json"
_PACKED = f"{OUTCOMES}.gz"
_IN_MEMORY = 4  # results whose items are kept: a page is turned often
_log = logging.getLogger(__name__)


class BrokenOutcomesError(GlassworksError):
    """Outcomes that cannot be read; the message says where."""


class ResultStore:
    """Safe to share between threads. A key that no result has raises NotFoundError."""

    def __init__(self, settings: Settings):
        self._folder = settings.home.resolve() / "evaluations"
        self._lock = threading.Lock()
        self._results: dict[str, tuple[int, Result | None]] = {}
        self._items: OrderedDict[tuple[str, int], tuple[Kept, ...]] = OrderedDict()

    def all(self) -> list[Result]:
        """In no order; a folder that holds no sound result is left out, said once in the log."""
        names = [one.name for one in self._folder.iterdir()] if self._folder.is_dir() else []
        return [found for name in names if is_key(name) and (found := self._read(name))]

    def has(self, key: str) -> bool:
        return is_key(key) and self._read(key) is not None

    def result(self, key: str) -> Result:
        found = self._read(key) if is_key(key) else None
        if found is None:
            raise NotFoundError("There is no such result of an evaluation (any more).")
        return found

    def kept(self, key: str) -> tuple[Kept, ...]:
        """Every item of the result, in the order of the task; of language modelling its documents."""
        result = self.result(key)
        at = (key, _stamp(self._folder / key / RESULT))
        with self._lock:  # of two who ask for the same, the second takes what the first has read
            if at not in self._items:
                self._items[at] = tuple(kept_at(self._folder / result.key / _PACKED))
            self._items.move_to_end(at)
            while len(self._items) > _IN_MEMORY:
                self._items.popitem(last=False)
            return self._items[at]

    def language(self, key: str) -> dict[str, Any]:
        """What language modelling measured besides its figures; empty for other results."""
        return read_json(self._folder / self.result(key).key / LANGUAGE, {})

    def known(self, way: str) -> dict[str, Kept]:
        """By an item's digest, all that one model was ever asked in this way."""
        found = sorted(self._folder.glob(f"{way}-*")) if self._folder.is_dir() else []
        return {kept.digest: kept for folder in found for kept in kept_at(folder / _PACKED)}

    def save(self, result: Result, items: Iterable[Kept], language: Any = None) -> None:
        """In the place of what was there. ``language`` is what there is besides, as JSON values."""
        with replacing(self._folder / result.key) as folder:
            with gzip.open(folder / _PACKED, "wt", 6, encoding="utf-8") as lines:
                lines.writelines(map(line_of, items))
            if language is not None:
                write_json(folder / LANGUAGE, language)
            write_json(folder / RESULT, result_as_json(result))

    def delete(self, key: str) -> None:
        """Take a result away, at once for every reader. Raises NotFoundError."""
        gone = self._folder / f".deleted-{new_id()}"
        os.replace(self._folder / self.result(key).key, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def size(self, key: str) -> int:
        """Bytes of the result's files."""
        return sum(one.stat().st_size for one in (self._folder / self.result(key).key).iterdir())

    def _read(self, key: str) -> Result | None:
        file = self._folder / key / RESULT
        stamp = _stamp(file)
        with self._lock:
            before = self._results.get(key)
        if before and before[0] == stamp:
            return before[1]
        found = result_at(file) if stamp else None
        with self._lock:
            self._results[key] = (stamp, found)
        return found


def result_at(file: Path) -> Result | None:
    """None where the file is not there, or holds no result."""
    values = read_json(file)
    if values is None:
        return None
    try:
        return result_in(values)
    except (KeyError, TypeError) as fault:
        _log.warning("%s is left out of the evaluations: %s", file.parent.name, fault)
        return None


def kept_at(file: Path) -> Iterator[Kept]:
    """The items of a file of lines, packed or not; nothing where it is not there. A last line that is half
    written is left out."""
    if not file.is_file():
        return
    with _opened(file) as lines:
        for number, line in enumerate(lines, 1):
            if not line.endswith("\n"):
                return
            try:
                yield kept_in(line)
            except (ValueError, KeyError, TypeError, AttributeError):
                raise BrokenOutcomesError(f"{file.name} is damaged: line {number} holds no item.") from None


def _opened(file: Path) -> IO[str]:
    packed = file.suffix == ".gz"
    return gzip.open(file, "rt", encoding="utf-8") if packed else file.open(encoding="utf-8")


def _stamp(file: Path) -> int:
    """Changes when the file does; 0 where it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
