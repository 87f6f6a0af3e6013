"""Prompts that a base of a few thousand parameters answers at random, and rewards that it can learn."""

import json
import random
from functools import partial
from pathlib import Path

import pytest
import torch

from pipelines.jobs.kinds import kind_named
from pipelines.prompting.tasks.problems import Author
from pipelines.training.preferring.online import run as online
from pipelines.training.preferring.online.source import source
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.framed import Lesson
from pipelines.training.tuning.methods import prepare
from tests.pipelines.training.preferring.conftest import *  # noqa: F403 (the tiny base, its pairs and jobs)
from tests.pipelines.training.preferring.conftest import moved

TINY = {
    "problems": "rows",
    "num_generations": 4,
    "max_new_tokens": 6,
    "eval_prompts": 8,
    "batch_size": 2,
    "max_steps": 6,
    "eval_every": 3,
    "learning_rate": 0.02,
    "rewards": ["correct=1", "length=0.5"],
    "target_length": 3,
    "length_band": 3,
}


@pytest.fixture(scope="session")
def asked_rows(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """40 sums in words of the tiny base, with their answers."""
    rng, lines = random.Random(2), []
    for number in range(40):
        has = rng.randint(0, 5)
        lines.append(json.dumps({"prompt": f"Tom has {number} and {has}. What is it?", "answer": str(has)}))
    file = tmp_path_factory.mktemp("asked") / "asked.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture
def tiny_asked(tiny_sft: dict, asked_rows: Path) -> dict:
    """Fields of a spec that trains on them for 6 steps."""
    return {**tiny_sft, **TINY, "dataset": f"path:{asked_rows}"}


@pytest.fixture
def trainer_of(tiny_asked: dict, settings, tmp_path: Path):
    """``trainer_of("grpo", beta=0.5)`` → the trainer that the job would train with. Its adapter is no longer
    the nothing that it begins as."""

    def build(kind: str, **changes):
        spec = kind_named(kind).parse({**tiny_asked, **changes})
        manner = online.manner_of(spec, settings, None, Author)
        tokenizer, found = manner.base.tokenizer, source(Author, spec, settings)
        sides = [
            manner.reading.gathered(
                one for asked in side for one in manner.reading.encoded(asked, tokenizer, spec)
            )
            for side in (found.training, found.validation)
        ]
        deck = Deck(tuple(sides[0].lengths.tolist()), spec.batch_size, 1, 6, 0)
        model = prepare(manner.base.load(spec, torch.device("cpu")), spec).model
        arguments = manner.arguments(spec, 6, tmp_path / kind, use_cpu=True, measure_first=False)
        make = partial(manner.trainer.func, *manner.trainer.args)
        trainer = make(model, Lesson(*sides, deck, tokenizer), Numerics(), arguments, "adamw")
        moved(model)
        return trainer

    return build
