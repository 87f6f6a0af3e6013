"""A base of a few thousand parameters with a tokenizer of its own, and rows that it learns in seconds."""

import json
import random
from pathlib import Path

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from pipelines.jobs.job_dir import JobDir
from pipelines.jobs.states import JobState
from pipelines.models.writing import write_model
from pipelines.training.tokenizer import train_tokenizer
from tests.support.tuning_jobs import events, new_job, tune

_WHO = ("Tom", "Anna", "The dog", "A bird", "Grandma", "The boy")
_WHAT = ("ball", "apple", "tree", "boat", "stone", "moon")
TINY_SFT = {
    "chat_template": "house",
    "method": "lora",
    "lora_r": 4,
    "max_steps": 12,
    "batch_size": 4,
    "max_length": 96,
    "learning_rate": 0.01,
    "eval_every": 4,
    "sample_tokens": 4,
    "validation_share": 0.2,
    "precision": "fp32",
    "compile": False,
    "check_forgetting": False,
}


@pytest.fixture(scope="session")
def sft_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 questions of different lengths, whose answer is the thing that was named."""
    rng, lines = random.Random(0), []
    for number in range(60):
        thing, who = rng.choice(_WHAT), rng.choice(_WHO)
        story = " ".join(f"{rng.choice(_WHO)} is here." for _ in range(number % 5))
        asked = f"{story} {who} has {number} and a {thing}. What is it?".strip()
        lines.append(json.dumps({"prompt": asked, "completion": f"It is a {thing}."}))
    file = tmp_path_factory.mktemp("rows") / "rows.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture(scope="session")
def sft_base(sft_rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder with random weights."""
    rows = [json.loads(line) for line in sft_rows.read_text(encoding="utf-8").splitlines()]
    tokenizer = train_tokenizer([text for row in rows for text in row.values()], 320)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=tokenizer.bos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    folder = tmp_path_factory.mktemp("base") / "tiny"
    folder.mkdir()
    write_model(folder, LlamaForCausalLM(config), tokenizer)
    return folder


@pytest.fixture
def tiny_sft(sft_rows: Path, sft_base: Path, settings, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Fields of a spec that tunes for 12 steps, in a home folder of its own."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    return {**TINY_SFT, "base": f"path:{sft_base}", "dataset": f"path:{sft_rows}"}


@pytest.fixture
def job_of(tmp_path: Path):
    """``job_of("a", fields)`` → the JobDir of a fresh job."""
    return lambda name, fields, kind="sft": new_job(tmp_path / name, fields, kind)


@pytest.fixture
def tuned(job_of, scripted):
    """``tuned("a", fields)`` → the job, which has succeeded in this process."""

    def work(name: str, fields: dict, kind: str = "sft") -> JobDir:
        job = job_of(name, fields, kind)
        assert tune(job, fields, scripted(job)) is JobState.SUCCEEDED
        return job

    return work


@pytest.fixture
def same_figures():
    """``same_figures(one, other, names)``: the train and eval events of two jobs tell the same, each once."""

    def check(one: JobDir, other: JobDir, names: tuple[str, ...]) -> None:
        for kind in ("train", "eval"):
            expected, found = (figures(job, kind, names) for job in (one, other))
            assert list(found) == list(expected)
            for step, numbers in expected.items():
                assert found[step] == pytest.approx(numbers, rel=1e-4, abs=1e-5), f"{kind} {step}"

    return check


def figures(job: JobDir, kind: str, names: tuple[str, ...]) -> dict[int, dict[str, float]]:
    told = events(job, kind)
    by_step = {e["step"]: {name: e[name] for name in names if name in e} for e in told}
    assert len(by_step) == len(told), "more than one process writes"
    return by_step
