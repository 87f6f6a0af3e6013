"""The job panel, for a job whose result is a tokenizer."""

import json
import zipfile

import gradio as gr
import pytest

from app.job_panel import job_panel
from app.job_panel.panel import View
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action, JobState


@pytest.fixture
def panel(services):
    with gr.Blocks():
        return job_panel(services)


@pytest.fixture
def trained(services, upload, do):
    """``trained("eve")`` → the id of a finished job of hers."""

    def make(owner="owner") -> str:
        spec = {"corpus": upload(owner), "vocab_size": 420, "name": "Mine"}
        job_id = services.jobs.submit("tokenizer", spec, owner).id
        do(job_id)
        return job_id

    return make


def test_a_done_one_shows_figures_curve_and_where_to_go(panel, trained, asked_by):
    job_id = trained()
    updates = panel._open(job_id, View(), asked_by())
    head, parts = updates[panel.parts.head], panel.parts
    assert "420 <small>tokens</small>" in head and "<small>B/token</small>" in head and "<dd>133</dd>" in head
    assert f"tab=tokenizer&amp;tokenizers=run%2F{job_id}" in head
    assert f"tab=pretrain&amp;tokenizer=run%2F{job_id}" in head
    assert updates[parts.tokenizer.column].visible and updates[parts.tokenizer.files].visible
    assert not updates[parts.training].visible and not updates[parts.tokenizer.packed].visible
    assert updates[parts.tokenizer.compression].data[0].x.tolist() == [264, 420]
    assert "tokenizer.train_from_iterator" in updates[parts.code] and updates[parts.code_fold].visible


def test_while_it_works_there_is_nothing_to_take_away(panel, services, asked_by):
    job = services.jobs.submit("tokenizer", {}, "owner")
    services.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.RUNNING, started=1.0)
    updates = panel._open(job.id, View(), asked_by())
    assert updates[panel.parts.tokenizer.column].visible and not updates[panel.parts.tokenizer.files].visible
    assert updates[panel.parts.buttons[Action.STOP]].value == "Stop and keep the tokenizer"
    with pytest.raises(gr.Error, match="no model or tokenizer"):
        panel.parts.tokenizer._text(job.id, asked_by())


def test_curve_points_come_one_by_one(panel, services, asked_by):
    job = services.jobs.submit("tokenizer", {}, "owner")
    folder = JobDir(services.settings.runs / job.id)
    for size, tokens in ((512, 300), (256, 1000), (512, 250)):
        folder.append({"type": "curve", "vocab_size": size, "tokens": tokens, "bytes": 1000})
    folder.append({"type": "curve", "vocab_size": "many"})
    updates = panel._open(job.id, View(), asked_by())
    assert updates[panel.parts.tokenizer.compression].data[0].y.tolist() == [1.0, 4.0]
    assert "4.00" in updates[panel.parts.head]


def test_other_jobs_show_nothing_of_it(panel, services, asked_by):
    job = services.jobs.submit("pretrain", {}, "owner")
    updates = panel._open(job.id, View(), asked_by())
    assert not updates[panel.parts.tokenizer.column].visible and updates[panel.parts.training].visible


def test_files_are_for_whoever_trained_it(panel, services, trained, asked_by):
    job_id, part = trained("eve"), panel.parts.tokenizer
    assert json.loads(part._text(job_id, asked_by("eve")))["model"]["type"] == "BPE"
    packed = part._pack(job_id, asked_by("eve"))
    with zipfile.ZipFile(packed.value["path"] if isinstance(packed.value, dict) else packed.value) as archive:
        names = {name.rpartition("/")[2] for name in archive.namelist()}
    assert names == {"tokenizer.json", "tokenizer_config.json", "report.json"}
    for take in (part._text, part._pack):
        with pytest.raises(gr.Error, match="There is no job"):
            take(job_id, asked_by("mallory"))


def test_a_paused_one_says_that_it_begins_anew(panel, services, asked_by):
    job = services.jobs.submit("tokenizer", {}, "owner")
    services.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.PAUSED)
    assert "from its beginning" in panel._open(job.id, View(), asked_by())[panel.parts.head]
