"""The form of an evaluation, what is told of the tasks, and the run beside it."""

import json
from collections import Counter
from types import SimpleNamespace

import gradio as gr
import pytest

from app.evaluate.run_part import RunPart
from app.evaluate.tasks_view import narrowed, parts_of, task_choices, tasks_html
from pipelines.core.errors import GlassworksError
from pipelines.evaluation.running.job import run
from pipelines.evaluation.specs import EvalSpec
from pipelines.evaluation.tasks.registry import TASKS
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import JobDir
from tests.support.evaluated import HOSTILE
from tests.support.evaluation_runs import opening


@pytest.fixture
def part(services):
    with gr.Blocks(), gr.Tabs(), gr.Tab("Evaluate"):
        made = RunPart(services)
        made.wire()
    return made


@pytest.fixture
def given(part):
    """``given(tasks=[…])`` → what the browser would send; the rest as the form begins."""

    def values(**changed):
        form, named = part.form, {**part.form.fields.components}
        named |= {name: getattr(form, name) for name in ("models", "tasks", "name", "file")}
        return {component: changed.get(name, component.value) for name, component in named.items()}

    return values


def test_the_form_begins_with_what_needs_no_network(part, given):
    spec = part.form.spec(given())
    assert spec == EvalSpec() and TASKS[spec.tasks[0]].bundled
    assert "bundled" in task_choices()[0][0] and "public" in task_choices()[-1][0]


def test_what_is_wrong_is_said_at_once_and_the_form_stays(part, given, asked_by):
    told = part._told(given(tasks=[]), asked_by())
    assert "at least one of the tasks" in told[part.error] and told[part.link_text] == ""
    assert "models" in part._told(given(models=[]), asked_by())[part.error]
    assert "limit" in part._told(given(limit=-1), asked_by())[part.error]
    told = part._told(given(tasks=["nonsense"]), asked_by())
    assert "There is no task" in told[part.about] and told[part.error] == ""


def test_a_task_says_what_it_measures_and_where_it_comes_from():
    html = tasks_html(["story_cloze", "mmlu/anatomy", "text:sample"])
    assert html.count("<details") == 3 and "acc_norm" in html and "bits per byte" in html
    assert "Parts" not in html.partition("mmlu/anatomy")[2] and "Parts" in tasks_html(["mmlu"])
    assert HOSTILE not in tasks_html([HOSTILE]) and HOSTILE not in tasks_html([f"text:{HOSTILE}"])
    warned = next(task for task in TASKS.values() if task.warning)
    assert "gw-ask-note" in tasks_html([warned.name])


def test_every_task_has_a_card():
    for name in TASKS:
        assert "<dt>Measured</dt>" in tasks_html([name]) and "None" not in tasks_html([name])


def test_a_part_takes_the_place_of_the_whole(part):
    name, parts = parts_of(["piqa", "mmlu"])
    assert name == "mmlu" and len(parts) == 57 and not parts_of(["piqa"])[1]
    assert narrowed(["piqa", "mmlu"], "mmlu", "anatomy") == ["piqa", "mmlu/anatomy"]
    assert part.form.narrowed(["mmlu/anatomy"], "") == ["mmlu"]
    assert part.form.narrowed(["mmlu"], "<b>") == ["mmlu"]
    assert part.form.parts(["mmlu/anatomy"]).value == "anatomy" and not part.form.parts(["piqa"]).visible


def test_a_link_restores_the_form_and_nothing_else(part, given, asked_by):
    text = part._told(given(tasks=["arithmetic"], limit=20, num_fewshot=2), asked_by())[part.link_text]
    told = part._linked(asked_by(tab="evaluate", spec=text))
    assert told[part.form.tasks] == ["arithmetic"] and told[part.form.fields.components["limit"]] == 20
    for strange in ("", "{", "[]", '{"models": 7}', '{"tasks": []}', "[" * 3000, '{"unknown": 1}'):
        assert part._linked(asked_by(tab="evaluate", spec=strange)) == {}
    assert part._linked(asked_by(tab="decoding", spec=text)) == {}
    job = part._linked(asked_by(tab="evaluate", job="0b4xk2m9qwer"))
    assert job == {part.panel.job_id: "0b4xk2m9qwer"}


def test_a_start_puts_the_job_into_the_queue_or_says_why_not(part, given, services, asked_by):
    started = part._start(given(limit=3), asked_by("eve"))
    job = services.jobs.get(started[part.panel.job_id])
    assert (job.kind, job.owner, job.spec["limit"], started[part.error]) == ("evaluate", "eve", 3, "")
    assert "owner" in part._start(given(models=["gpt2/x"]), asked_by("eve"))[part.error]
    assert "owner" in part._start(given(file="/etc/hosts"), asked_by("eve"))[part.error]
    assert "no task" in part._start(given(tasks=["nonsense"]), asked_by())[part.error]


def test_the_figures_of_a_run_for_those_who_may_see_it(part, given, services, asked_by, monkeypatch):
    job = part._start(given(limit=4, tasks=["story_cloze", "arithmetic"]), asked_by("eve"))[part.panel.job_id]
    assert part._found(job, asked_by("eve")) == ""  # nothing is asked yet
    spec = EvalSpec.from_dict(services.jobs.get(job).spec)
    with JobContext(JobDir(services.settings.runs / job), job) as context:
        run(spec, context, opening(Counter()), lambda *_: iter(()), lambda _: SimpleNamespace(path=None))
    html = part._found(job, asked_by("eve"))
    assert html.count("data-item=") == 2 and "acc_norm" in html and "Story endings" in html
    assert part._found(job, asked_by("bob")) == "" and part._found("", asked_by("eve")) == ""


def test_an_upload_is_named_in_the_form(part, given, services, asked_by, tmp_path):
    file = tmp_path / "mine.jsonl"
    file.write_text(json.dumps({"story": "A.", "endings": ["B.", "C."], "label": 0}) + "\n")
    name = part.form.uploaded(str(file), asked_by("eve"))
    assert name.startswith("upload:") and part.form.uploaded(None, asked_by("eve")) == ""
    started = part._start(given(file=name), asked_by("eve"))
    assert services.jobs.get(started[part.panel.job_id]).spec["file"] == name
    assert "among yours" in part._start(given(file=name), asked_by("bob"))[part.error]
    (tmp_path / "x.exe").write_bytes(b"MZ")
    with pytest.raises(GlassworksError):
        part.form.uploaded(str(tmp_path / "x.exe"), asked_by("eve"))


def test_the_lines_for_the_harness_are_of_models_that_are_the_visitor_s(part, given, services, asked_by):
    public = given(tasks=["piqa"])
    assert "simple_evaluate" in part._told(public, asked_by("eve"))[part.code]
    run = services.jobs.submit("evaluate", {"models": ["house/story-base"]}, owner="eve").id
    for model in ("someone/private", "path:/srv/model", f"run/{run}"):
        told = part._told(given(tasks=["piqa"], models=[model]), asked_by("bob"))
        assert told[part.code] == "" and told[part.error] == ""
    assert "app alone" in part._told(given(), asked_by())[part.code]


def test_models_and_corpora_are_read_anew(part, asked_by):
    told = part._opened(None, asked_by("eve"))
    assert told[part.form.models].value == list(EvalSpec().models)
    assert ("Text: Bundled sample", "text:sample") in told[part.form.tasks].choices
    assert "value" not in part._opened(["endpoint:x"], asked_by("eve"))[part.form.models].constructor_args
