"""The job itself: what it leaves, how it ends early, and that its result is a corpus like any other."""

import json

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.kinds import CORPUS, MODEL, kind_named, result_of
from pipelines.jobs.states import Action, JobState
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents
from pipelines.training.curation.artifact import read_report
from pipelines.training.curation.curate import run

JOB = "0123456789ab"


@pytest.fixture
def messy_corpus(mess, settings, monkeypatch, tmp_path) -> str:
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    file = tmp_path / "messy.jsonl"
    file.write_text("".join(json.dumps({"text": text}) + "\n" for text in mess), encoding="utf-8")
    return f"path:{file}"


@pytest.fixture
def job(settings):
    """``job(corpus, **fields)`` → (the job's folder, its spec)."""

    def make(corpus: str, **fields) -> tuple[JobDir, object]:
        spec = kind_named("curate").parse({"corpus": corpus, **fields})
        folder = JobDir(settings.runs / JOB)
        folder.create("curate", JOB, spec.to_dict())
        return folder, spec

    return make


class Asking(JobContext):
    """Asks for ``action`` when the work has come to ``phase``."""

    def __init__(self, job: JobDir, action: Action, phase: str):
        super().__init__(job, JOB)
        self._action, self._at = action, phase

    def asked(self) -> Action | None:
        return self._action if self._beat.phase == self._at else None


def test_a_messy_corpus_is_cleaned_and_can_be_named(job, messy_corpus, mess, stories, settings):
    folder, spec = job(messy_corpus, languages="en", name="Tidy")
    with JobContext(folder, JOB) as context:
        assert run(spec, context) is JobState.SUCCEEDED
    folder.leave(Exit(JobState.SUCCEEDED))
    result_of("curate").load_check()(folder.artifact)
    report = read_report(folder.artifact)
    assert (report.read.documents, report.kept.documents) == (len(mess), len(stories))
    assert (report.name, report.ended) == ("Tidy", "end")
    store, name = CorpusStore(settings), CORPUS.named(JOB)
    info = store.describe(name)
    assert (info.id, info.title, info.documents) == (name, "Tidy", len(stories))
    kept = list(documents(store.path(name)))
    assert len(kept) == len(stories) and {text.casefold() for text in kept} <= {t.casefold() for t in mess}
    types = [event["type"] for event in folder.read_events()[0]]
    assert types.count("progress") >= 10 and types[-1] == "result"


@pytest.mark.parametrize("phase", ["counting the documents", "cleaning the corpus"])
@pytest.mark.parametrize(
    ("action", "state"), [(Action.PAUSE, JobState.PAUSED), (Action.CANCEL, JobState.CANCELLED)]
)
def test_pause_and_cancel_leave_nothing_behind(job, messy_corpus, action, state, phase):
    folder, spec = job(messy_corpus)
    with Asking(folder, action, phase) as context:
        assert run(spec, context) is state
    assert not folder.artifact.exists() and not list(folder.path.glob(".artifact*"))


def test_stop_keeps_what_was_read(job, messy_corpus, mess):
    folder, spec = job(messy_corpus)
    with Asking(folder, Action.STOP, "cleaning the corpus") as context:
        assert run(spec, context) is JobState.SUCCEEDED
    report = read_report(folder.artifact)
    assert report.ended == "stopped" and 0 < report.read.documents < len(mess)


def test_the_limit_is_told_apart_from_the_end(job, messy_corpus, mess):
    folder, spec = job(messy_corpus, limit=40)
    with JobContext(folder, JOB) as context:
        run(spec, context)
    report = read_report(folder.artifact)
    assert (report.ended, report.read.documents) == ("limit", 40)


def test_a_limit_of_just_the_corpus_is_its_end(job, messy_corpus, mess):
    folder, spec = job(messy_corpus, limit=len(mess))
    with JobContext(folder, JOB) as context:
        run(spec, context)
    assert read_report(folder.artifact).ended == "end"


def test_a_corpus_of_which_nothing_is_left_fails_by_name(job, messy_corpus):
    folder, spec = job(messy_corpus, min_characters=100_000)
    with JobContext(folder, JOB) as context, pytest.raises(GlassworksError, match="too short"):
        run(spec, context)
    assert not folder.artifact.exists()


def test_a_job_that_has_not_succeeded_is_no_corpus(job, messy_corpus, settings):
    job(messy_corpus)
    for name in (f"run:{JOB}", "run:../x", "run:aaaaaaaaaaaa"):
        with pytest.raises(NotFoundError, match="no cleaned corpus"):
            CorpusStore(settings).path(name)


def test_each_kind_says_what_it_makes():
    assert result_of("pretrain") is MODEL and MODEL.named(JOB) == f"run/{JOB}"
    assert result_of("curate") is CORPUS and CORPUS.named(JOB) == f"run:{JOB}"
    assert result_of("a kind of the past") is MODEL


def test_a_cleaned_corpus_is_no_model(job, messy_corpus, settings, caplog):
    from pipelines.models.catalogue import Catalogue

    folder, spec = job(messy_corpus)
    with JobContext(folder, JOB) as context:
        run(spec, context)
    folder.leave(Exit(JobState.SUCCEEDED))
    assert f"run/{JOB}" not in [entry.name for entry in Catalogue(settings).entries()]
    assert not caplog.records, "it was taken for a broken model"
