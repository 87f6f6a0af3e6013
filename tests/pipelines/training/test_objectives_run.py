"""Whole runs of a masked and of a span model: trained, saved, loaded by transformers and by the runtime."""

import json
import math

import pytest
import torch
from transformers import AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoTokenizer

from pipelines.core.settings import Settings
from pipelines.generation.fill_mask import fill
from pipelines.jobs.job_dir import Exit
from pipelines.jobs.states import Action, JobState
from pipelines.models.entries import read_entry
from pipelines.models.loader import load_model, memory_needed
from pipelines.training.pretrain import run
from pipelines.training.specs import PretrainSpec

CLASSES = {"bert": AutoModelForMaskedLM, "t5": AutoModelForSeq2SeqLM}
KINDS = {"bert": "masked-lm", "t5": "seq2seq-lm"}
CPU = torch.device("cpu")


def events(job, kind: str) -> list[dict]:
    found, cursor = [], 0
    while True:
        more, after = job.read_events(cursor)
        found += [e for e in more if e["type"] == kind]
        if after == cursor:
            return found
        cursor = after


@pytest.fixture(params=["bert", "t5"])
def architecture(request) -> str:
    return request.param


@pytest.fixture
def fields(tiny, architecture) -> dict:
    return {**tiny, "architecture": architecture, "vocab_size": 320, "max_steps": 10, "eval_every": 5}


def test_trained_saved_and_loaded(fields, architecture, new_job, scripted):
    fields["sample_prompts"] = ("Tom saw <|mask|> apples.",)
    job, spec = new_job("a", fields), PretrainSpec(**fields)
    assert run(spec, scripted(job)) is JobState.SUCCEEDED
    check_events(job, architecture)
    check_files(job, spec, architecture)

    loaded = load_model("path:a", job.artifact, CPU)
    assert loaded.kind == KINDS[architecture] and loaded.bytes == memory_needed(job.artifact, CPU)
    *_, filled = fill(loaded, "Tom saw <|mask|> apples. The <mask> dog.", 3)
    assert [len(gap.fillings) for gap in filled.gaps] == [3, 3]


def check_events(job, architecture: str) -> None:
    """The loss falls, no bits per byte are claimed, and each checkpoint shows what the model guesses."""
    losses = [e["loss"] for e in events(job, "train")]
    assert len(losses) == 10 and all(map(math.isfinite, losses)) and losses[-1] < losses[0]
    measured = events(job, "eval")
    assert measured and all(math.isfinite(e["loss"]) and not e.get("bits_per_byte") for e in measured)
    samples = events(job, "sample")
    assert {e["step"] for e in samples} >= {4, 8}
    mark = "<|mask|>" if architecture == "bert" else "<|extra_0|>"
    assert all(e["prompt"] == f"Tom saw {mark} apples." and e["text"] for e in samples)


def check_files(job, spec: PretrainSpec, architecture: str) -> None:
    """transformers loads them, and all that is said about the model agrees with them."""
    model = CLASSES[architecture].from_pretrained(job.artifact)
    entry = read_entry("path:a", job.artifact)
    planned = events(job, "plan")[-1]["parameters"]
    assert planned == entry.parameters == model.num_parameters()
    assert KINDS[architecture] in entry.capabilities and "causal-lm" not in entry.capabilities
    assert entry.context_length == spec.context_length
    assert AutoTokenizer.from_pretrained(job.artifact).mask_token_id is not None
    lineage = json.loads((job.artifact / "glassworks.json").read_text())
    assert lineage["spec"]["architecture"] == architecture
    card = (job.artifact / "README.md").read_text()
    assert ("fill-mask" if architecture == "bert" else "AutoModelForSeq2SeqLM") in card


def test_paused_and_resumed_is_the_same_run(fields, architecture, new_job, scripted):
    whole, parted, spec = new_job("a", fields), new_job("b", fields), PretrainSpec(**fields)
    run(spec, scripted(whole))
    assert run(spec, scripted(parted, Action.PAUSE, at=5)) is JobState.PAUSED
    assert run(spec, scripted(parted)) is JobState.SUCCEEDED
    one, two = ([e["loss"] for e in events(job, "train")] for job in (whole, parted))
    assert one == pytest.approx(two, abs=1e-5)


def test_a_model_is_trained_on(fields, architecture, new_job, scripted):
    """The second run starts where the first ended, with its tokenizer."""
    settings = Settings()
    first = new_job(settings.runs / "0123456789ac", {**fields, "max_steps": 40})
    run(PretrainSpec(**{**fields, "max_steps": 40}), scripted(first))
    first.leave(Exit(JobState.SUCCEEDED))
    more = {**fields, "start_from": "run/0123456789ac", "max_steps": 3, "warmup_steps": 0, "eval_every": 1}
    second = new_job("b", more)
    assert run(PretrainSpec(**more), scripted(second)) is JobState.SUCCEEDED
    before, after = events(first, "eval")[-1]["loss"], events(second, "eval")[0]["loss"]
    assert after == pytest.approx(before, abs=0.05)
