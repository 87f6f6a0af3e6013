"""What stands under the panel once a run is done: its parts by the task, and rows of its own kind."""

import json

import pytest

from app.fine_tune.after_view import held_html
from app.job_panel.history import History, folded
from app.job_panel.plots import plots_of
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.states import JobState

HOSTILE = "<img src=x onerror=alert(1)>"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"


def finished(services, kind, **spec):
    job = services.jobs.submit(kind, spec, owner="eve")
    services.jobs._store.transition(job.id, {JobState.QUEUED}, JobState.SUCCEEDED)
    folder = JobDir(services.settings.runs / job.id)
    folder.leave(Exit(JobState.SUCCEEDED))
    row = {"row": 3, "loss": 0.2, "prompt": HOSTILE, "wanted": "good", "given": "bad", "right": False}
    (folder.path / "validation_rows.json").write_text(json.dumps({"rows": 1, "best": [row], "worst": []}))
    return job.id


@pytest.mark.parametrize(
    ("kind", "task", "base", "dataset", "writes"),
    [("sft", "instruct", "house/story-base", "sample:story-prompts", True),
     ("encoder", "classify", MINILM, "sample:reviews", False)],
)  # fmt: skip
def test_the_parts_follow_the_task(tab, services, asked_by, kind, task, base, dataset, writes):
    job = finished(services, kind, task=task, base=base, dataset=dataset)
    after = tab.after
    (event,) = [one for one in tab.page.fns.values() if one.fn == after.drawn]
    shown = after.drawn(job, "", asked_by("eve"))
    assert set(shown) <= set(event.outputs), "a part gives an update for what is no output"
    assert shown[after.beside.column].visible is writes
    assert "data-of-run" not in shown[tab.trying.head], "there is no artefact to try"
    assert not shown[after.taking.column].visible, "there is no artefact to take"
    assert "&lt;img" in shown[after.held] and "✗ not as wanted" in shown[after.held]


def test_a_right_answer_is_marked_by_more_than_its_place():
    shown = held_html({"best": [{"row": 1, "loss": 0.1, "wanted": "a", "given": "a", "right": True}]})
    assert "✓ as wanted" in shown and "<b>wanted</b> a" in shown and "<b>given</b> a" in shown


class Named:
    """Each part is its own name."""

    def __getattr__(self, name):
        return Named() if name == "tokenizer" else name


@pytest.fixture
def parts():
    return Named()


def evaluated(task, **measures):
    plan = {"type": "plan", "task": task, "total_steps": 8}
    return folded(History(), [plan, {"type": "eval", "step": 4, "loss": 0.7, **measures}])


def test_an_encoder_s_panel_draws_the_task_s_measures(parts):
    history = evaluated("tag", entity_f1=0.5, accuracy=0.9, entity_recall=0.4)
    assert [name for name, _ in history.measures] == ["accuracy", "entity F1"]
    drawn = plots_of(parts, history, None)
    assert drawn["measures"].visible and not drawn["perplexity"].visible and not drawn["bits"].visible
    assert "loss (nats)" in str(drawn["loss"].layout.yaxis.title)
    assert history.answers and not history.per_token
    same = folded(history, [{"type": "train", "step": 5, "loss": 0.6}])
    assert same.measures is history.measures and "measures" not in plots_of(parts, same, history)


def test_hidden_words_have_both_and_what_writes_has_no_measures(parts):
    fill = plots_of(parts, evaluated("fill", perplexity=9.0, top5=0.4, unigram_top5=0.1), None)
    assert fill["measures"].visible and fill["perplexity"].visible
    writing = plots_of(parts, evaluated("instruct", perplexity=9.0), None)
    assert not writing["measures"].visible and writing["perplexity"].visible
    assert "nats a token" in str(writing["loss"].layout.yaxis.title)
    assert not History(plan={"task": "classify"}).in_bits, "before the first event, too"
