"""Taking a run away as a script: what is in the zip, who may, and what is said where it cannot be."""

import json
import zipfile
from pathlib import Path

import gradio as gr
import pytest

from app.fine_tune.exporting import exported
from app.fine_tune.script_part import ScriptPart, about_html
from pipelines.core.errors import GlassworksError
from pipelines.core.files import write_json
from pipelines.jobs.job_dir import JobDir
from pipelines.training.tuning.script.export import Exported
from pipelines.training.tuning.script.gathering import facts_of
from pipelines.training.tuning.specs import SftSpec
from tests.app.fine_tune.conftest import HOSTILE

STORY = {
    "base": "house/story-base",
    "chat_template": "house",
    "columns": ["prompt=ask", "completion=reply"],
    "name": f'"""\n{HOSTILE}',
}


@pytest.fixture
def queued(services, rows):
    """``queued(kind, owner, **fields)`` → the id of a job that waits."""

    def put(kind="sft", owner="owner", **fields) -> str:
        spec = {"dataset": rows(owner), **STORY, **fields}
        if kind == "pretrain":
            spec = {"corpus": "sample", "size": 2}
        return services.jobs.submit(kind, spec, owner=owner, title="").id

    return put


@pytest.fixture
def part(services):
    with gr.Blocks():
        made = ScriptPart(services)
        made.wire()
    return made


def test_a_run_that_waits_is_script_and_rows_already(services, queued, asked_by):
    found, archive = exported(services, queued(), asked_by())
    with zipfile.ZipFile(archive) as files:
        inside = {Path(name).name: files.read(name).decode() for name in files.namelist()}
    assert set(inside) == {"train.py", "train.jsonl", "validation.jsonl"}
    assert inside["train.py"] == found.script and "pipelines" not in found.script
    assert 'default="assets/models/story-base"' in found.script and "class Tuner(SFTTrainer)" in found.script
    first = json.loads(inside["train.jsonl"].splitlines()[0])
    assert [message["role"] for message in first["messages"]] == ["user", "assistant"]
    counts = [len(inside[name].splitlines()) for name in ("train.jsonl", "validation.jsonl")]
    assert counts == [found.rows, found.held_out] == [7, 1] and not found.notes


def test_what_a_run_has_written_down_stands_in_its_script(services, queued, asked_by):
    job_id = queued(max_steps=40)
    job = JobDir(services.settings.runs / job_id)
    job.artifact.mkdir(parents=True)
    events = (
        {"type": "plan", "total_steps": 40, "tokens": 4321, "precision": "bf16"},
        {"type": "result", "metrics": {"steps": 30}},
    )
    job.events_file.write_text("".join(json.dumps(event) + "\n" for event in events))
    write_json(
        job.artifact / "glassworks.json",
        {"versions": {"torch": "9.9.9+cpu", "trl": "8.8.8"}, "corpus": {"sha256": "0" * 64}},
    )
    found, _ = exported(services, job_id, asked_by())
    assert '"torch==9.9.9"' in found.script and '"trl==8.8.8"' in found.script
    assert "torch.autocast(self.args.device.type, torch.bfloat16)" in found.script
    assert "if tokens != 4_321:" in found.script and "ended by hand after 30 of 40 steps" in found.script
    assert "have changed since the run" in found.notes[0]


def test_an_adapter_as_base_is_named_with_all_below_it(services, tmp_path):
    folder = tmp_path / "adapter"
    folder.mkdir()
    told = {"peft_type": "LORA", "base_model_name_or_path": "house/story-base", "task_type": "CAUSAL_LM"}
    write_json(folder / "adapter_config.json", told)
    (folder / "chat_template.jinja").write_text("{{ messages }}")
    (folder / "tokenizer.json").write_text("{}")
    spec = SftSpec(base=f"path:{folder}", dataset="sample:x")
    facts = facts_of(spec, JobDir(tmp_path / "job"), services.models)
    assert facts.base.default == "assets/models/story-base"
    assert [adapter.default for adapter in facts.adapters] == [str(folder)]
    assert facts.template == "{{ messages }}" and facts.model_type == "llama"


@pytest.mark.parametrize(
    ("kind", "owner", "fields", "message"),
    [
        ("pretrain", "eve", {}, "is of the kind pretrain (Pretraining)"),
        ("sft", "ann", {}, "There is no job"),
        ("sft", "eve", {"base": "run/0b4xk2m9qwer"}, "There is no model 'run/0b4xk2m9qwer' among yours"),
        ("sft", "eve", {"dataset": "upload:0123456789abcdef01234567"}, "among yours"),
        ("sft", "eve", {"chat_template": "model", "dataset": "sample:none"}, "There is no sample"),
    ],
)
def test_what_cannot_be_is_said(services, queued, part, asked_by, kind, owner, fields, message):
    job_id = queued(kind, owner, **fields)
    with pytest.raises(GlassworksError) as caught:
        exported(services, job_id, asked_by("eve"))
    assert message in str(caught.value)
    shown = part.made(job_id, asked_by("eve"))
    assert "gw-error" in shown[part.about] and shown[part.packed].visible is False and shown[part.code] == ""


def test_the_part_shows_the_script_and_what_should_be_known(services, queued, part, asked_by):
    job_id = queued(owner="eve")
    drawn = part.shown(services.jobs.status(job_id))
    assert drawn[part.column].visible and drawn[part.job_id] == job_id and drawn[part.code] == ""
    made = part.made(job_id, asked_by("eve"))
    assert made[part.packed].visible and made[part.packed].value["path"].endswith(f"script-{job_id}.zip")
    assert "7 rows to learn from, 1 held out" in made[part.about] and "<img" not in made[part.code]
    other = part.shown(services.jobs.status(queued("pretrain")))
    assert not other[part.column].visible
    assert "&lt;img" in about_html(Exported("", 1, 1, (HOSTILE,)))
