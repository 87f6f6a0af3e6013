"""Tiny corpora and jobs: enough to train for some steps in a second or two."""

import random
from pathlib import Path

import pytest

from pipelines.jobs.job_dir import JobDir

WHO = ("Tom", "Anna", "The dog", "A bird", "Grandma", "The boy")
DID = ("saw", "found", "liked", "painted", "carried")
WHAT = ("a red ball", "two apples", "the old tree", "a small boat", "17 stones", "the moon")

TINY = {
    "vocab_size": 300,
    "num_layers": 1,
    "hidden_size": 32,
    "num_heads": 2,
    "num_kv_heads": 1,
    "intermediate_size": 64,
    "context_length": 32,
    "max_steps": 12,
    "batch_size": 4,
    "warmup_steps": 2,
    "eval_every": 6,
    "checkpoint_every": 4,
    "sample_prompts": ["Tom saw"],
    "sample_tokens": 5,
    "precision": "fp32",
    "compile": False,
    "validation_share": 0.1,
}


def story(rng: random.Random) -> str:
    return " ".join(f"{rng.choice(WHO)} {rng.choice(DID)} {rng.choice(WHAT)}." for _ in range(12))


@pytest.fixture(scope="session")
def stories() -> list[str]:
    """120 different short documents."""
    rng = random.Random(0)
    return [story(rng) for _ in range(120)]


@pytest.fixture(scope="session")
def corpus(stories: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("corpus") / "stories.txt"
    file.write_text("\n<|endoftext|>\n".join(stories), encoding="utf-8")
    return file


@pytest.fixture
def tiny(corpus: Path, settings, monkeypatch: pytest.MonkeyPatch) -> dict:
    """Fields of a spec that trains for 12 steps, in a home folder of its own."""
    monkeypatch.setenv("GLASSWORKS_HOME", str(settings.home))
    return {**TINY, "corpus": f"path:{corpus}"}


@pytest.fixture
def new_job(tmp_path: Path):
    """``new_job("a", fields)`` → the JobDir of a fresh pretraining job."""

    def make(name: str, fields: dict) -> JobDir:
        job = JobDir(tmp_path / name)
        job.create("pretrain", "0123456789ab", fields)
        return job

    return make
