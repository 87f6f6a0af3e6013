"""The job: what it leaves, and how it ends early."""

from dataclasses import replace
from functools import partial

import pytest

from pipelines.core.version import code_version
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action, JobState
from pipelines.tokenization.artifact import BrokenTokenizerError, check_tokenizer, read_report
from pipelines.tokenization.job import run
from pipelines.tokenization.sources.folder import read_folder
from pipelines.tokenization.specs import TokenizerSpec
from pipelines.training.curation.sources import documents_of
from tests.support.small_tokenizers import SENTENCES

JOB = "0123456789ab"


class Asking(JobContext):
    """Asks for ``action`` from the beginning."""

    def __init__(self, job: JobDir, action: Action | None = None):
        super().__init__(job, JOB)
        self._action = action

    def asked(self) -> Action | None:
        return self._action


@pytest.fixture
def job(tmp_path, settings, monkeypatch):
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    file = tmp_path / "text.txt"
    file.write_text("\n<|endoftext|>\n".join(SENTENCES * 40), encoding="utf-8")
    spec = TokenizerSpec.from_dict({"corpus": f"path:{file}", "vocab_size": 400, "name": "Mine"})
    folder = JobDir(settings.runs / JOB)
    folder.create("tokenizer", JOB, spec.to_dict())
    return partial(run, documents=documents_of), spec, folder


def test_a_tokenizer_is_trained_and_checked(job):
    run, spec, folder = job
    with Asking(folder) as context:
        assert run(spec, context) is JobState.SUCCEEDED
    check_tokenizer(folder.artifact)
    report = read_report(folder.artifact)
    assert (report.name, report.vocab_size, report.curve_by, report.ended) == ("Mine", 400, "cut", "end")
    assert report.held_out + report.documents == len(SENTENCES) * 40
    assert len(report.sha256) == 64 and report.code_version == code_version()
    assert read_folder("Mine", folder.artifact).size == 400
    types = [event["type"] for event in folder.read_events()[0]]
    assert types.count("curve") == len(report.curve) and types[-1] == "result"
    (folder.artifact / "tokenizer.json").write_text("{")
    with pytest.raises(BrokenTokenizerError, match=r"tokenizer\.json"):
        check_tokenizer(folder.artifact)


@pytest.mark.parametrize(
    ("action", "state"), [(Action.PAUSE, JobState.PAUSED), (Action.CANCEL, JobState.CANCELLED)]
)
def test_ending_early_leaves_nothing(job, action, state):
    run, spec, folder = job
    with Asking(folder, action) as context:
        assert run(spec, context) is state
    assert not folder.artifact.exists()


def test_stop_trains_on_what_was_read(job):
    run, spec, folder = job
    with Asking(folder, Action.STOP) as context:
        assert run(spec, context) is JobState.SUCCEEDED
    assert read_report(folder.artifact).ended == "stopped"
    assert "Stopped early" in next(e["message"] for e in folder.read_events()[0] if e["type"] == "notice")


def test_no_more_is_read_than_the_spec_says(job):
    run, spec, folder = job
    with Asking(folder) as context:
        assert run(replace(spec, max_characters=1000), context) is JobState.SUCCEEDED
    report = read_report(folder.artifact)
    assert (report.ended, report.characters) == ("limit", 1000)
    assert any("1,000 characters" in e.get("message", "") for e in folder.read_events()[0])
