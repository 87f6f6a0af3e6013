"""The corpora that a run may name: the bundled sample, texts pasted or uploaded here, corpora cleaned by a
job, files of the owner, data sets of the Hub.

An upload is a folder ``uploads/<id>/`` with the file and an ``info.json``. The id comes from the owner and
the content, so that the same text is stored once for each owner. A Hub data set is fetched by a worker, once,
into ``hub-corpora/``. Who may read which is checked by the page. Torch-free.
"""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from pipelines.core.corpus_names import CORPUS_FORMS, HubName
from pipelines.core.errors import NotFoundError, SpecError
from pipelines.core.ids import is_id
from pipelines.core.settings import Settings
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.training.corpus import ACCEPTED, SUFFIXES, BadCorpusError, files_of
from pipelines.training.curation import artifact
from pipelines.training.describe import Description, describe
from pipelines.training.uploads import Uploads, blocks_of, first_words, safe_name

_UNPACKED = 10  # an upload may unpack to so many times the largest upload: text packs three- to sixfold
_UPLOAD = "upload:"
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
        self._uploads = Uploads(settings.uploads, self._max_bytes, BadCorpusError, "text")
        self._described: dict[tuple, Description] = {}

    def add_text(self, text: str, owner: str, title: str = "") -> CorpusInfo:
        """Keep a pasted text. Raises :class:`GlassworksError` when it is empty or too long."""
        if not isinstance(text, str):
            raise SpecError("text", text, "a text")
        data = text.encode("utf-8", "replace")
        return self._keep(iter([data]), "pasted.txt", owner, title or first_words(text))

    def add_file(self, path: Path, filename: str, owner: str) -> CorpusInfo:
        """Keep a copy of an uploaded file, after reading it through. Raises :class:`GlassworksError`
        when its type, size or content is not accepted."""
        name = safe_name(filename, SUFFIXES, ACCEPTED)
        with Path(path).open("rb") as source:
            return self._keep(blocks_of(source), name, owner, name)

    def describe(self, corpus_id: str) -> CorpusInfo:
        """What the corpus holds; counted once and remembered until its files change."""
        if corpus_id.startswith(_UPLOAD):
            return self._stored(corpus_id.removeprefix(_UPLOAD))
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
        if corpus_id.startswith(_UPLOAD):
            return self._uploads.file(corpus_id.removeprefix(_UPLOAD))
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
        return [self._stored(id_) for id_ in self._uploads.of(owner)]

    def delete(self, corpus_id: str) -> None:
        """Take an upload away. Raises :class:`NotFoundError`, and :class:`SpecError` for anything else."""
        if not corpus_id.startswith(_UPLOAD):
            raise SpecError("corpus", corpus_id, "upload:<id>, as only uploads can be deleted")
        self._uploads.delete(corpus_id.removeprefix(_UPLOAD))

    @property
    def _max_bytes(self) -> int:
        return self._settings.max_upload_mb * 1_000_000

    def _sample(self) -> Path:
        files = sorted(self._settings.samples.glob("*.txt.gz"))
        if not files:
            raise NotFoundError("The bundled sample is missing here; paste or upload a text instead.")
        return files[0] if len(files) == 1 else self._settings.samples

    def _stored(self, id_: str) -> CorpusInfo:
        info = self._uploads.info(id_)
        described = {**info["description"], "preview": tuple(info["description"]["preview"])}
        return CorpusInfo(f"{_UPLOAD}{id_}", info["title"], **described)

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

    def _keep(self, blocks: Iterator[bytes], name: str, owner: str, title: str) -> CorpusInfo:
        def described(file: Path) -> dict:
            return asdict(describe(file, self._max_bytes * _UNPACKED))

        return self._stored(self._uploads.keep(blocks, name, owner, title, described))


def _hub_title(corpus_id: str) -> str:
    return f"{corpus_id.removeprefix('hub:')[:120]} on the Hub"
