"""Whole distillations of a tiny student: to the end, paused and resumed, and refused."""

import json
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.jobs.states import Action, JobState
from pipelines.training.checkpoints import last_complete
from pipelines.training.tuning.distillation.run import manner_of
from pipelines.training.tuning.distillation.specs import DistillSpec
from pipelines.training.tuning.sft import run
from tests.support.tiny_models import build, tokenizer
from tests.support.tuning_jobs import events, losses, tune

SMALL = {"num_layers": 1, "hidden_size": 16, "num_heads": 2, "context_length": 96, "method": "full"}


@pytest.fixture(scope="session")
def teacher(sft_base, tmp_path_factory) -> Path:
    """The tiny base, as sure of each next token as a model that has learnt, so that there is something to
    learn of it."""
    folder = tmp_path_factory.mktemp("teacher") / "sure"
    shutil.copytree(sft_base, folder)
    model = AutoModelForCausalLM.from_pretrained(folder)
    with torch.no_grad():
        model.get_output_embeddings().weight.mul_(15)
    model.save_pretrained(folder)
    return folder


@pytest.fixture
def taught(tiny_sft, teacher) -> dict:
    """Fields of a distillation of a new student from it."""
    return {**tiny_sft, **SMALL, "base": "", "teacher": f"path:{teacher}", "temperature": 2.0, "alpha": 0.9}


def test_a_new_student_comes_nearer_and_pausing_changes_nothing(taught, job_of, tuned, scripted):
    fields = {**taught, "name": "A\npupil", "max_steps": 24, "eval_every": 8, "learning_rate": 0.02}
    whole, parted = tuned("whole", fields, "distill"), job_of("parted", fields, "distill")
    (plan,) = events(whole, "plan")
    assert plan["teacher"] == fields["teacher"] and plan["parameters"] == plan["student_parameters"]
    assert plan["ratio"] == pytest.approx(plan["student_parameters"] / plan["teacher_parameters"], abs=1e-3)
    measured = {e["step"]: e for e in events(whole, "eval")}
    assert list(measured) == [0, 8, 16, 24]
    assert measured[24]["kl"] < 0.7 * measured[0]["kl"]
    assert len({e["teacher_perplexity"] for e in measured.values()}) == 1
    check_parts(whole, fields)
    check_result(whole, measured)

    assert tune(parted, fields, scripted(parted, Action.PAUSE, at=5)) is JobState.PAUSED
    held = {f.name for f in last_complete(parted.checkpoints).iterdir()}
    assert "model.safetensors" in held and not any("teacher" in name for name in held)
    assert tune(parted, fields, scripted(parted)) is JobState.SUCCEEDED
    assert losses(parted) == pytest.approx(losses(whole), abs=1e-5)


def check_parts(job, fields) -> None:
    """The loss is its parts, weighted."""
    for event in events(job, "train"):
        soft = fields["alpha"] * fields["temperature"] ** 2 * event["divergence"]
        hard = (1 - fields["alpha"]) * event["cross_entropy"]
        assert event["loss"] == pytest.approx(soft + hard, rel=1e-3)


def check_result(job, measured) -> None:
    (result,) = events(job, "result")
    best = measured[result["metrics"]["best_step"]]
    assert result["metrics"]["kl"] == best["kl"] and 0 <= best["agreement"] <= 1
    assert not events(job, "forgetting"), "a new model was asked what it has forgotten"
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["student"] == "new" and lineage["parent"] == lineage["teacher"] != ""
    assert lineage["metrics"]["kl"] == best["kl"]
    card = (job.artifact / "README.md").read_text()
    assert "# A pupil\n" in card and "teacher" in card and f"{best['kl']:.4f} nats" in card
    again = AutoModelForCausalLM.from_pretrained(job.artifact)
    assert again.config.hidden_size == 16 and again.config.num_hidden_layers == 1
    assert json.loads((job.path / "validation_rows.json").read_text())["best"]


def test_without_a_share_for_the_teacher_it_is_tuning(taught, tiny_sft, job_of, tuned, scripted):
    """Step for step, with two passes a step; what is measured of the teacher is measured all the same."""
    same = {"method": "full", "gradient_accumulation_steps": 2, "max_steps": 4, "learning_rate": 0.003}
    plain, fields = {**tiny_sft, **same}, {**taught, **same, "base": taught["teacher"], "alpha": 0.0}
    alone, beside = job_of("alone", plain), tuned("beside", fields, "distill")
    with scripted(alone) as context:
        assert run(DistillSpec.from_dict(fields).tuning, context) is JobState.SUCCEEDED
    assert losses(beside) == pytest.approx(losses(alone), abs=1e-5)
    ours, theirs = events(beside, "eval"), events(alone, "eval")
    assert [e["loss"] for e in ours] == pytest.approx([e["loss"] for e in theirs], abs=1e-4)
    assert "divergence" not in events(beside, "train")[0]


def test_a_copy_of_the_teacher_is_no_distance_from_it(taught, tuned):
    fields = {**taught, "base": taught["teacher"], "method": "lora", "alpha": 0.5, "max_steps": 2}
    copy = tuned("copy", fields, "distill")
    first = events(copy, "eval")[0]
    assert first["kl"] == pytest.approx(0, abs=1e-6) and first["agreement"] == 1
    assert first["loss"] == pytest.approx(first["teacher_loss"], abs=1e-6)
    assert losses(copy, "divergence")[1] == pytest.approx(0, abs=1e-6)
    assert "adapter_model.safetensors" in {f.name for f in copy.artifact.iterdir()}
    lineage = json.loads((copy.artifact / "glassworks.json").read_text())
    assert lineage["student"] == lineage["parent"] == fields["base"]


def test_other_vocabularies_are_named(taught, settings, tmp_path):
    other = tmp_path / "other"
    build("gpt2").save_pretrained(other)
    tokenizer().save_pretrained(other)
    fields = {**taught, "base": f"path:{other}"}
    with pytest.raises(SpecError, match=r"teacher accepts .*vocabulary of the student path:.*other.*got"):
        manner_of(DistillSpec.from_dict(fields), settings)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"teacher": "run/aaaaaaaaaaaa"}, "run/aaaaaaaaaaaa"),
        ({"teacher": "encoder"}, "teacher accepts .*goes on with a text.*masked-lm"),
        ({"max_length": 256, "context_length": 256}, "max_length accepts at most the context of the teacher"),
    ],
)
def test_what_cannot_teach_is_said(taught, settings, tmp_path, changes, words):
    if changes.get("teacher") == "encoder":
        build("bert").save_pretrained(tmp_path / "bert")
        tokenizer().save_pretrained(tmp_path / "bert")
        changes = {"teacher": f"path:{tmp_path / 'bert'}"}
    with pytest.raises(GlassworksError, match=words):
        manner_of(DistillSpec.from_dict({**taught, **changes}), settings)


def test_a_student_of_the_teachers_size_in_numbers(taught, settings):
    """What the plan says of a new student is what is built."""
    base = manner_of(DistillSpec.from_dict(taught), settings).base
    model = base.load(DistillSpec.from_dict(taught), torch.device("cpu"))
    assert sum(p.numel() for p in model.parameters()) == base.size.parameters
    assert base.size.flops_per_token(64) > base.own_size.flops_per_token(64)
