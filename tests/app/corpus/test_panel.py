"""The job panel and the lists, for a job whose result is a corpus."""

import gradio as gr
import pytest

from app.corpora import SAMPLE, corpus_choices
from app.job_panel import job_panel
from app.job_panel.panel import View
from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import Action, JobState


@pytest.fixture
def panel(services):
    with gr.Blocks():
        return job_panel(services)


@pytest.fixture
def job(services):
    """A cleaning that runs, with 50 of 200 documents read."""
    made = services.jobs.submit("curate", {"name": "Tidy"}, "owner")
    services.jobs._store.transition(made.id, {JobState.QUEUED}, JobState.RUNNING, started=1.0)
    folder = JobDir(services.settings.runs / made.id)
    for step in (25, 50):
        folder.append({"type": "progress", "step": step, "total": 200, "kept": step - 5, "time": 10.0 + step})
    return made


def test_a_cleaning_shows_documents_and_no_curves(panel, job, asked_by):
    updates = panel._open(job.id, View(), asked_by())
    head = updates[panel.parts.head]
    for words in ("<dd>50</dd>", "<dd>45</dd>", "<dd>5</dd>", "90.0 <small>%</small>"):
        assert words in head
    assert "perplexity" not in head
    assert not updates[panel.parts.training].visible and not updates[panel.parts.code_fold].visible
    assert updates[panel.parts.buttons[Action.STOP]].value == "Stop and keep the corpus"


def test_a_training_shows_its_curves_as_ever(panel, services, asked_by):
    made = services.jobs.submit("pretrain", {}, "owner")
    updates = panel._open(made.id, View(), asked_by())
    assert updates[panel.parts.training].visible and updates[panel.parts.code_fold].visible
    assert updates[panel.parts.buttons[Action.STOP]].value == "Stop and keep the model"


def test_a_done_cleaning_leads_on_to_the_training(panel, services, upload, do, asked_by):
    made = services.jobs.submit("curate", {"corpus": upload()}, "owner")
    do(made.id)
    head = panel._open(made.id, View(), asked_by())[panel.parts.head]
    assert f"<code>run:{made.id}</code>" in head and f"tab=pretrain&amp;corpus=run%3A{made.id}" in head


def test_a_paused_cleaning_says_that_it_begins_anew(panel, services, job, asked_by):
    services.jobs._store.transition(job.id, {JobState.RUNNING}, JobState.PAUSED)
    assert "from its beginning" in panel._open(job.id, View(), asked_by())[panel.parts.head]


def test_everyone_chooses_among_their_own(services, upload, do, asked_by):
    hers = services.jobs.submit("curate", {"corpus": upload("eve"), "name": "Hers"}, "eve")
    do(hers.id)
    services.jobs.submit("curate", {"corpus": "sample"}, "eve")  # not done: nothing to choose yet
    names = [name for _, name in corpus_choices(services, asked_by("eve"))]
    assert names[:2] == ["sample", f"run:{hers.id}"] and names[2].startswith("upload:") and len(names) == 3
    assert corpus_choices(services, asked_by("mallory")) == [SAMPLE]
