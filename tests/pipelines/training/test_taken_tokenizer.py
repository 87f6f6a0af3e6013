"""From a tokenizer that was trained by itself to a model that writes with it."""

import json

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from pipelines.core.settings import Settings
from pipelines.jobs.context import JobContext
from pipelines.jobs.job_dir import Exit, JobDir
from pipelines.jobs.kinds import kind_named
from pipelines.jobs.states import JobState
from pipelines.models.catalogue import Catalogue
from pipelines.models.loader import load_model
from pipelines.training.estimate import estimate
from pipelines.training.pretrain import run
from pipelines.training.specs import PretrainSpec

JOB = "0123456789ab"


@pytest.fixture
def learnt(settings, tiny):
    """``learnt(**fields)`` → the name of a tokenizer that a job has learnt on the same text."""

    def learn(**fields) -> str:
        kind, job = kind_named("tokenizer"), JobDir(settings.runs / JOB)
        spec = kind.parse({"corpus": tiny["corpus"], "vocab_size": 320, **fields})
        job.create("tokenizer", JOB, spec.to_dict())
        with JobContext(job, JOB) as context:
            job.leave(Exit(kind.load_runner()(spec, context)))
        return kind.result.named(JOB)

    return learn


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {
            "algorithm": "unigram",
            "byte_level": False,
            "template": "eos",
            "vocab_size": 150,
            "special_tokens": ["pad=<pad>", "eos=</s>", "unk=<unk>"],
        },
    ],
)
def test_a_model_learns_and_writes_with_it(learnt, tiny, new_job, scripted, fields):
    name = learnt(**fields)
    job = new_job("a", told := {**tiny, "tokenizer": name})
    with scripted(job) as context:
        assert run(PretrainSpec.from_dict(told), context) is JobState.SUCCEEDED
    catalogue = Catalogue(Settings())
    tokenizer = AutoTokenizer.from_pretrained(catalogue.tokenizer_folder(name))
    assert AutoTokenizer.from_pretrained(job.artifact).get_vocab() == tokenizer.get_vocab()
    model = AutoModelForCausalLM.from_pretrained(job.artifact)
    assert model.config.vocab_size == len(tokenizer) == catalogue.tokenizer(name).vocab_size
    assert json.loads((job.artifact / "glassworks.json").read_text())["tokenizer"] == name
    plan = next(e for e in job.read_events()[0] if e["type"] == "plan")
    assert estimate(PretrainSpec.from_dict(told), None, Settings()).parameters == plan["parameters"]

    loaded = load_model("x", job.artifact, torch.device("cpu"))
    ids = loaded.tokenizer("Tom saw").input_ids
    assert loaded.tokenizer.eos_token_id not in ids, "a prompt must not end where the text is over"
    made = loaded.model.generate(
        input_ids=loaded.tokenizer("Tom saw", return_tensors="pt").input_ids, max_new_tokens=8
    )
    assert loaded.tokenizer.decode(made[0], skip_special_tokens=True).startswith("Tom saw")


BERT = {
    "algorithm": "wordpiece",
    "byte_level": False,
    "lowercase": True,
    "template": "cls+sep",
    "vocab_size": 200,
    "special_tokens": ["pad=[PAD]", "unk=[UNK]", "cls=[CLS]", "sep=[SEP]", "mask=[MASK]"],
}
T5 = {
    "algorithm": "unigram",
    "byte_level": False,
    "template": "eos",
    "vocab_size": 200,
    "special_tokens": ["pad=<pad>", "eos=</s>", "unk=<unk>", *(f"<extra_id_{n}>" for n in range(30))],
}


@pytest.mark.parametrize(("architecture", "fields"), [("bert", BERT), ("t5", T5)])
def test_gaps_are_marked_by_the_tokenizers_own_tokens(learnt, tiny, new_job, scripted, architecture, fields):
    job = new_job("a", told := {**tiny, "tokenizer": learnt(**fields), "architecture": architecture})
    with scripted(job) as context:
        assert run(PretrainSpec.from_dict(told), context) is JobState.SUCCEEDED
    shown = [event["prompt"] for event in job.read_events()[0] if event["type"] == "sample"]
    mark = "[MASK]" if architecture == "bert" else "<extra_id_0>"
    assert shown and all(mark in prompt for prompt in shown)
