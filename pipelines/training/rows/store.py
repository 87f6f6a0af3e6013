"""The row data sets that a tuning run may name: bundled samples, rows pasted or uploaded here, files of the
owner, data sets of the Hub.

Uploads lie in ``row-uploads/`` (see :mod:`pipelines.training.uploads`). A Hub data set is fetched by a
worker, once, into ``hub-rows/``. Who may read which is checked by the page. Torch-free.
"""

import gzip
import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.corpus_names import HubName
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.settings import Settings
from pipelines.training.rows.describing import About, about
from pipelines.training.rows.reading import ACCEPTED, READERS, kind_of, kind_of_text, read
from pipelines.training.rows.table import BadRowsError, Limits, Table
from pipelines.training.uploads import Uploads, blocks_of, first_words, safe_name

ROW_FORMS = "'upload:<id>', 'sample:<name>', 'path:<file>' or 'hub:<owner>/<name>[/<config>][@<split>]'"
_UNPACKED = 2  # an upload may unpack to so many times the largest upload
_SUFFIXES = (*READERS, *(f"{suffix}.gz" for suffix in READERS))
_SAMPLE = re.compile(r"[a-z0-9-]{1,60}")


@dataclass(frozen=True)
class RowsInfo(About):
    """``id`` is what a spec names. Of a Hub data set that no worker has fetched yet nothing is known: it has
    0 rows."""

    id: str
    title: str


class RowStore:
    """Finds, adds and describes data sets of rows. Safe to share between threads."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._uploads = Uploads(self._home / "row-uploads", self._max_bytes, BadRowsError, "file")
        self._known: dict[tuple, About] = {}

    def add_text(self, text: str, owner: str, title: str = "") -> RowsInfo:
        """Keep pasted rows: JSON lines, JSON, CSV, TSV, CoNLL or plain text. Raises
        :class:`GlassworksError` when they cannot be read or are too long."""
        if not isinstance(text, str):
            raise SpecError("text", text, "rows as JSON lines, JSON, CSV or CoNLL")
        suffix, data = kind_of_text(text), text.encode("utf-8", "replace")
        title = title or first_words(text)
        kept = self._uploads.keep(iter([data]), f"pasted{suffix}", owner, title, self._described, suffix)
        return self._uploaded(kept)

    def add_file(self, path: Path, filename: str, owner: str) -> RowsInfo:
        """Keep a copy of an uploaded file, after reading it through. Raises :class:`GlassworksError` when its
        type, size or content is not accepted; rows of no known format are kept, as their columns can be
        given roles."""
        name = safe_name(filename, _SUFFIXES, ACCEPTED)
        with Path(path).open("rb") as source:
            kind = kind_of(name) + _end(name)
            kept = self._uploads.keep(blocks_of(source), name, owner, name, self._described, kind)
        return self._uploaded(kept)

    def describe(self, rows_id: str) -> RowsInfo:
        """What the data set holds; counted once and remembered until its file changes."""
        scheme, _, rest = rows_id.partition(":")
        if scheme == "upload":
            return self._uploaded(rest)
        if scheme == "hub" and not self._fetched(rows_id).is_file():
            return _info(_NOTHING, rows_id, _hub_title(rest))
        path = self.path(rows_id)
        titles = {"hub": _hub_title(rest), "sample": rest.replace("-", " ").capitalize()}
        return _info(self._remembered(path), rows_id, titles.get(scheme, path.name))

    def path(self, rows_id: str) -> Path:
        """The file to read. Raises :class:`NotFoundError` for what does not exist, :class:`SpecError` for
        what is no name; a Hub data set exists once :meth:`fetch` has brought it."""
        scheme, _, rest = rows_id.partition(":")
        if scheme == "upload":
            return self._uploads.file(rest)
        if scheme == "sample":
            return self._sample(rest)
        if scheme == "hub":
            return self._present(rows_id)
        if scheme != "path" or not rest.strip():
            raise SpecError("dataset", rows_id, ROW_FORMS)
        path = Path(rest).expanduser()
        if not path.is_file():
            raise NotFoundError(f"There is no file {path.name!r} to read rows from.")
        return path

    def fetch(self, rows_id: str, check: Callable[[], None] = lambda: None) -> Path:
        """As :meth:`path`, for workers: a Hub data set that is not here yet is fetched first, as many of its
        rows as are accepted. ``check`` is called often and may raise to end the work."""
        if rows_id.startswith("hub:") and not self._fetched(rows_id).is_file():
            self._download(rows_id, check)
        return self.path(rows_id)

    def table(self, rows_id: str) -> Table:
        """All rows. Raises :class:`GlassworksError`."""
        return read(self.path(rows_id), limits=self._limits)

    def samples(self) -> list[RowsInfo]:
        """The bundled data sets, by name."""
        names = sorted(file.name.partition(".")[0] for file in self._samples.glob("*.jsonl"))
        return [self.describe(f"sample:{name}") for name in names]

    def owner(self, rows_id: str) -> str:
        """Who uploaded it; empty for what is nobody's own. Raises :class:`NotFoundError`."""
        scheme, _, rest = rows_id.partition(":")
        return self._uploads.info(rest)["owner"] if scheme == "upload" else ""

    def delete(self, rows_id: str) -> None:
        """Take an upload away. Raises :class:`NotFoundError`, and :class:`SpecError` for anything else."""
        scheme, _, rest = rows_id.partition(":")
        if scheme != "upload":
            raise SpecError("dataset", rows_id, "upload:<id>, as only uploads can be deleted")
        self._uploads.delete(rest)

    def list(self, owner: str) -> list[RowsInfo]:
        """This owner's uploads, the newest first."""
        return [self._uploaded(id_) for id_ in self._uploads.of(owner)]

    @property
    def _home(self) -> Path:
        return self._settings.home.resolve()

    @property
    def _samples(self) -> Path:
        return self._settings.samples / "tune"

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_upload_mb * 1_000_000

    @property
    def _limits(self) -> Limits:
        return Limits(bytes=self._max_bytes * _UNPACKED)

    def _described(self, file: Path) -> dict:
        return about(file, self._limits.bytes).to_dict()

    def _uploaded(self, id_: str) -> RowsInfo:
        info = self._uploads.info(id_)
        return _info(About.from_dict(info["description"]), f"upload:{id_}", info["title"])

    def _remembered(self, path: Path) -> About:
        key = (str(path), path.stat().st_mtime_ns, path.stat().st_size)
        if key not in self._known:
            self._known[key] = about(path, self._limits.bytes)
        return self._known[key]

    def _sample(self, name: str) -> Path:
        file = self._samples / f"{name}.jsonl"
        if not _SAMPLE.fullmatch(name) or not file.is_file():
            names = ", ".join(sorted(f"sample:{f.stem}" for f in self._samples.glob("*.jsonl")))
            raise NotFoundError(f"There is no sample {name[:40]!r}; there are {names or 'none here'}.")
        return file

    def _fetched(self, rows_id: str) -> Path:
        """Where the rows of a Hub data set lie or would lie."""
        _hub_name(rows_id)  # the last gate before a path and before the network
        digest = hashlib.blake2b(rows_id.encode(), digest_size=12).hexdigest()
        return self._home / "hub-rows" / f"{digest}.jsonl.gz"

    def _present(self, rows_id: str) -> Path:
        file = self._fetched(rows_id)
        if not file.is_file():
            raise NotFoundError(f"{rows_id[:120]!r} is not on this machine yet: a tuning job fetches it.")
        return file

    def _download(self, rows_id: str, check: Callable[[], None]) -> None:
        from pipelines.training.curation.hub import stream_rows

        file = self._fetched(rows_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.{os.getpid()}.new")
        left = self._limits.bytes
        try:
            with gzip.open(beside, "wb", compresslevel=6) as out:
                for row in stream_rows(_hub_name(rows_id), self._limits.rows):
                    check()
                    line = json.dumps(row).encode() + b"\n"
                    left -= len(line)
                    if left < 0:
                        break
                    out.write(line)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)


_NOTHING = About(0, (), "", "", {}, 0, Table((), (), ()))


def _end(name: str) -> str:
    """``.gz`` or nothing: packed and plain, the same bytes are another file."""
    return ".gz" if name.lower().endswith(".gz") else ""


def _info(known: About, rows_id: str, title: str) -> RowsInfo:
    return RowsInfo(**vars(known), id=rows_id, title=title)


def _hub_name(rows_id: str) -> HubName:
    try:
        name = HubName.parse(rows_id)
    except SpecError:
        raise SpecError("dataset", rows_id, ROW_FORMS) from None
    if name.column:
        raise SpecError("dataset", rows_id, f"{ROW_FORMS}, without a column: columns are given roles")
    return name


def _hub_title(rest: str) -> str:
    return f"{rest[:120]} on the Hub"
