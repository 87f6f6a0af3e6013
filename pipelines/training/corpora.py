"""The corpora that a run may name: the bundled sample, texts pasted or uploaded here, corpora cleaned by a
job, files of the owner, data sets of the Hub.

An upload is a folder ``uploads/<id>/`` with the file and an ``info.json``. The id comes from the owner and
the content, so that the same text is stored once for each owner. A Hub data set is fetched by a worker, once,
into ``hub-corpora/``. Who may read which is checked by the page. Torch-free.
"""

import hashlib
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO

from pipelines.core.corpus_names import CORPUS_FORMS, HubName
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.files import read_json, write_json
from pipelines.core.ids import is_id, new_id
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.training.corpus import ACCEPTED, SUFFIXES, BadCorpusError, files_of
from pipelines.training.curation import artifact
from pipelines.training.describe import Description, describe

_UNPACKED = 10  # an upload may unpack to so many times the largest upload: text packs three- to sixfold
_BLOCK = 1 << 20
_ID = re.compile(r"[0-9a-f]{24}")
_INFO = "info.json"
_HUB_ROWS = 1_000_000


@dataclass(frozen=True)
class CorpusInfo:
    """``id`` is what a spec names: ``sample``, ``upload:<id>``, ``run:<job id>``, ``path:<file or folder>``
    or ``hub:<data set>``. ``preview`` holds the first documents, cut. Of a Hub data set that no worker has
    fetched yet nothing is known: its counts are 0."""

    id: str
    title: str
    documents: int
    characters: int
    bytes: int
    preview: tuple[str, ...]


class CorpusStore:
    """Finds, adds and describes corpora. Safe to share between threads."""

    def __init__(self, settings: Settings):
        self._settings = settings
        self._described: dict[tuple, Description] = {}

    def add_text(self, text: str, owner: str, title: str = "") -> CorpusInfo:
        """Keep a pasted text. Raises :class:`GlassworksError` when it is empty or too long."""
        if not isinstance(text, str):
            raise SpecError("text", text, "a text")
        data = text.encode("utf-8", "replace")
        with self._incoming() as folder:
            file = folder / "pasted.txt"
            digest = _copy(iter([data]), file, owner, self._max_bytes)
            return self._keep(folder, file, digest, owner, title or _first_words(text))

    def add_file(self, path: Path, filename: str, owner: str) -> CorpusInfo:
        """Keep a copy of an uploaded file, after reading it through. Raises :class:`GlassworksError`
        when its type, size or content is not accepted."""
        name = _safe_name(filename)
        with self._incoming() as folder, Path(path).open("rb") as source:
            digest = _copy(_blocks(source), folder / name, owner, self._max_bytes)
            return self._keep(folder, folder / name, digest, owner, name)

    def describe(self, corpus_id: str) -> CorpusInfo:
        """What the corpus holds; counted once and remembered until its files change."""
        if corpus_id.startswith("upload:"):
            return self._stored(self._upload(corpus_id))
        if corpus_id.startswith("run:"):
            return self._cleaned(corpus_id)
        if corpus_id.startswith("hub:") and not self._fetched(corpus_id).is_file():
            return CorpusInfo(corpus_id, _hub_title(corpus_id), 0, 0, 0, ())
        path = self.path(corpus_id)
        key = (corpus_id, *((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in files_of(path)))
        if key not in self._described:
            self._described[key] = describe(path, self._max_bytes * _UNPACKED)
        titles = {"sample": "Bundled sample", "hub": _hub_title(corpus_id)}
        title = titles.get(corpus_id.partition(":")[0], path.name)
        return CorpusInfo(corpus_id, title, **asdict(self._described[key]))

    def path(self, corpus_id: str) -> Path:
        """The file or folder to read. Raises :class:`NotFoundError` for what does not exist; a Hub data set
        exists once :meth:`fetch` has brought it."""
        if corpus_id == "sample":
            return self._sample()
        if corpus_id.startswith("upload:"):
            folder = self._upload(corpus_id)
            return folder / read_json(folder / _INFO)["file"]
        if corpus_id.startswith("run:"):
            return self._run(corpus_id) / artifact.CORPUS
        if corpus_id.startswith("hub:"):
            return self._present(corpus_id)
        if not corpus_id.startswith("path:"):
            raise SpecError("corpus", corpus_id, CORPUS_FORMS)
        path = Path(corpus_id.removeprefix("path:")).expanduser()
        if not path.exists():
            raise NotFoundError(f"There is no file or folder {path.name!r} to read a corpus from.")
        return path

    def report(self, corpus_id: str) -> artifact.Report:
        """What the cleaning of ``run:<job id>`` has found. Raises :class:`GlassworksError`."""
        return artifact.read_report(self._run(corpus_id))

    def fetch(self, corpus_id: str, check: Callable[[], None] = lambda: None) -> Path:
        """As :meth:`path`, for workers: a Hub data set that is not here yet is fetched first, up to a million
        rows and ten times the largest upload. ``check`` is called often and may raise to end the work."""
        if corpus_id.startswith("hub:") and not self._fetched(corpus_id).is_file():
            self._download(corpus_id, check)
        return self.path(corpus_id)

    def list(self, owner: str) -> list[CorpusInfo]:
        """This owner's uploads, the newest first."""
        found = [
            (info, f.parent) for f in self._settings.uploads.glob(f"*/{_INFO}") if (info := read_json(f))
        ]
        mine = [(info["created"], folder) for info, folder in found if info.get("owner") == owner]
        return [self._stored(folder) for _, folder in sorted(mine, reverse=True)]

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_upload_mb * 1_000_000

    def _sample(self) -> Path:
        files = sorted(self._settings.samples.glob("*.txt.gz"))
        if not files:
            raise NotFoundError("The bundled sample is missing here; paste or upload a text instead.")
        return files[0] if len(files) == 1 else self._settings.samples

    def _upload(self, corpus_id: str) -> Path:
        name = corpus_id.removeprefix("upload:")
        folder = self._settings.uploads / name
        if not _ID.fullmatch(name) or not (folder / _INFO).is_file():
            raise NotFoundError("There is no such upload any more; upload the text again.")
        return folder

    def _stored(self, folder: Path) -> CorpusInfo:
        info = read_json(folder / _INFO)
        described = {**info["description"], "preview": tuple(info["description"]["preview"])}
        return CorpusInfo(f"upload:{folder.name}", info["title"], **described)

    def _run(self, corpus_id: str) -> Path:
        """The artefact of the job that cleaned the corpus, once it says that it succeeded."""
        job_id = corpus_id.removeprefix("run:")
        job = JobDir(self._settings.runs / job_id)
        left = job.left() if is_id(job_id) else None
        if not left or left.state is not JobState.SUCCEEDED or not (job.artifact / artifact.CORPUS).is_file():
            raise NotFoundError(f"There is no cleaned corpus {corpus_id[:40]!r} here.")
        return job.artifact

    def _cleaned(self, corpus_id: str) -> CorpusInfo:
        """From the report of the job: nothing is counted anew."""
        folder = self._run(corpus_id)
        report = self.report(corpus_id)
        size = (folder / artifact.CORPUS).stat().st_size
        title = report.name or f"Cleaned {report.corpus.rpartition('/')[2]}"
        return CorpusInfo(
            corpus_id, title[:80], report.kept.documents, report.kept.characters, size, report.preview
        )

    def _fetched(self, corpus_id: str) -> Path:
        """Where the texts of a Hub data set lie or would lie."""
        HubName.parse(corpus_id)  # the last gate before a path and before the network
        digest = hashlib.blake2b(corpus_id.encode(), digest_size=12).hexdigest()
        return self._settings.home.resolve() / "hub-corpora" / f"{digest}.jsonl.gz"

    def _present(self, corpus_id: str) -> Path:
        file = self._fetched(corpus_id)
        if not file.is_file():
            raise NotFoundError(
                f"{corpus_id[:120]!r} is not on this machine yet: a training or cleaning job fetches it."
            )
        return file

    def _download(self, corpus_id: str, check: Callable[[], None]) -> None:
        from pipelines.training.curation.hub import stream

        file = self._fetched(corpus_id)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f".{file.name}.{os.getpid()}.new")
        try:
            with artifact.packed(beside) as add:
                for text in stream(HubName.parse(corpus_id), _HUB_ROWS, self._max_bytes * _UNPACKED):
                    check()
                    add(text)
            os.replace(beside, file)
        finally:
            beside.unlink(missing_ok=True)

    @contextmanager
    def _incoming(self) -> Iterator[Path]:
        """A folder to receive into; gone afterwards unless it was moved to its place."""
        folder = self._settings.uploads / f".incoming-{new_id()}"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _keep(self, folder: Path, file: Path, digest: str, owner: str, title: str) -> CorpusInfo:
        """Describe what was received (which refuses a bad file), then move it to the place of its id."""
        place = self._settings.uploads / digest
        if not place.exists():
            described = describe(file, self._max_bytes * _UNPACKED)
            info = {"owner": owner, "title": title[:80], "file": file.name, "created": time.time()}
            write_json(folder / _INFO, {**info, "description": asdict(described)})
            try:
                os.replace(folder, place)
            except OSError:  # the same text came twice at the same moment
                if not (place / _INFO).is_file():
                    raise
        return self._stored(place)


def _copy(blocks: Iterator[bytes], target: Path, owner: str, max_bytes: int) -> str:
    """Write the blocks; returns the id that owner and content make."""
    digest, size = hashlib.blake2b(owner.encode() + b"\0", digest_size=12), 0
    with target.open("wb") as out:
        for block in blocks:
            size += len(block)
            if size > max_bytes:
                raise BadCorpusError(
                    f"The text is larger than the {max_bytes // 1_000_000:,} MB accepted here."
                )
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _blocks(source: BinaryIO) -> Iterator[bytes]:
    while block := source.read(_BLOCK):
        yield block


def _safe_name(filename: str) -> str:
    """The visitor's file name without folders and odd characters; its end decides how it is read."""
    name = re.sub(r"[^\w.\- ]", "_", Path(str(filename).replace("\\", "/")).name)[-80:].lstrip(".")
    if not name.lower().endswith(SUFFIXES):
        raise GlassworksError(f"{name or 'The file'} is of no accepted type; accepted are {ACCEPTED}.")
    return name


def _first_words(text: str) -> str:
    words = " ".join(text[:200].split())
    return words if len(words) <= 40 else words[:39] + "…"


def _hub_title(corpus_id: str) -> str:
    return f"{corpus_id.removeprefix('hub:')[:120]} on the Hub"
