"""Tokenizers in the catalogue: those of models, and those that a job has trained alone."""

import json
import os
import shutil

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.ids import new_id
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState


@pytest.fixture
def trained(settings):
    """``trained(now)`` → the name of a tokenizer run."""

    def make(now=3e9, state=JobState.SUCCEEDED, **changed) -> str:
        job = JobDir(settings.runs / new_id(now))
        job.create("tokenizer", job.path.name, {})
        job.artifact.mkdir()
        (job.artifact / "tokenizer.json").write_text("{}")
        report = {"name": "Mine", "spec": {"algorithm": "unigram"}, "vocab_size": 777, "created": now}
        (job.artifact / "report.json").write_text(json.dumps({**report, **changed}))
        job.leave(Exit(state))
        return f"run/{job.path.name}"

    return make


def test_models_and_tokenizer_runs_are_listed_together(catalogue, settings, add_run, tiny_llama, trained):
    shutil.copytree(tiny_llama, settings.house_models / "a")
    model, old, new = new_id(2e9), trained(1e9), trained(3e9, name="")
    shutil.copytree(tiny_llama, add_run(model).artifact)
    found = catalogue.tokenizers()
    assert [e.name for e in found] == ["house/a", new, f"run/{model}", old]
    assert [e.of_model for e in found] == [True, False, True, False]
    assert [e.algorithm for e in found] == ["bpe", "unigram", "bpe", "unigram"]
    assert [e.vocab_size for e in found] == [400, 777, 400, 777]
    assert [e.title for e in found][1::2] == [new, "Mine"] and found[3].created == 1e9


def test_a_tokenizer_is_no_model(catalogue, trained):
    name = trained()
    assert catalogue.entries() == []
    for ask in (catalogue.get, catalogue.resolve):
        with pytest.raises(NotFoundError, match=f"{name} is a tokenizer, not a model"):
            ask(name)
    assert catalogue.tokenizer_folder(name).name == "artifact"
    assert catalogue.tokenizer(name).vocab_size == 777


def test_a_models_tokenizer_goes_by_the_models_name(catalogue, add_run, tiny_llama):
    job_id = new_id(1e9)
    shutil.copytree(tiny_llama, add_run(job_id).artifact)
    assert catalogue.tokenizer_folder(f"run/{job_id}") == catalogue.resolve(f"run/{job_id}")
    assert catalogue.tokenizer(f"path:{tiny_llama}").vocab_size == 400


@pytest.mark.parametrize("state", [JobState.FAILED, JobState.PAUSED])
def test_a_run_that_did_not_succeed_has_none(catalogue, trained, state):
    name = trained(state=state)
    assert catalogue.tokenizers() == []
    with pytest.raises(NotFoundError, match="There is no model or tokenizer"):
        catalogue.tokenizer_folder(name)


@pytest.mark.parametrize("changed", [{"name": None}, {"spec": []}, {"vocab_size": "many"}, {"created": ""}])
def test_a_damaged_one_is_left_out_and_says_why_when_asked(catalogue, trained, changed):
    name = trained(**changed)
    assert catalogue.tokenizers() == []
    with pytest.raises(GlassworksError, match="damaged"):
        catalogue.tokenizer(name)


def test_a_changed_one_is_read_again(catalogue, trained):
    name = trained()
    assert catalogue.tokenizer(name).title == "Mine"
    report = catalogue.tokenizer_folder(name) / "report.json"
    report.write_text(report.read_text().replace("Mine", "Ours"))
    os.utime(report, (1, 1))
    assert catalogue.tokenizer(name).title == catalogue.tokenizers()[0].title == "Ours"
