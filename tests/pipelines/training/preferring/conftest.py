"""Pairs that a base of a few thousand parameters tells apart after some steps."""

import json
import random
from pathlib import Path

import pytest
import torch

from pipelines.jobs.kinds import kind_named
from pipelines.training.preferring.run import manner_of
from pipelines.training.trainer import Numerics
from pipelines.training.tuning.deck import Deck
from pipelines.training.tuning.framed import Lesson
from pipelines.training.tuning.methods import prepare
from pipelines.training.tuning.sources import source_of
from tests.pipelines.training.tuning.conftest import *  # noqa: F403 (the tiny base and its jobs)

_ANSWERS = ("It is a {}.", "The {} is here.")


@pytest.fixture(scope="session")
def pair_rows(sft_rows: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """60 questions; the preferred answer names the thing, the other one says that nobody knows."""
    rng, lines = random.Random(1), []
    for line in sft_rows.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        thing = row["completion"].split()[-1].rstrip(".")
        chosen = rng.choice(_ANSWERS).format(thing)
        rejected = "What is it? " + " ".join(["The dog is here."] * rng.randint(1, 2))
        lines.append(json.dumps({"prompt": row["prompt"], "chosen": chosen, "rejected": rejected}))
    file = tmp_path_factory.mktemp("pairs") / "pairs.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


@pytest.fixture
def tiny_pairs(tiny_sft: dict, pair_rows: Path) -> dict:
    """Fields of a spec that trains on them for 12 steps."""
    return {**tiny_sft, "dataset": f"path:{pair_rows}", "learning_rate": 0.02}


@pytest.fixture
def trainer_of(tiny_pairs: dict, settings, tmp_path: Path):
    """``trainer_of("dpo", beta=0.5)`` → (the trainer that the job would train with, its spec). Its adapter is
    no longer the nothing that it begins as."""

    def build(kind: str, **changes) -> tuple:
        spec = kind_named(kind).parse({**tiny_pairs, **changes})
        manner, source = manner_of(spec, settings), source_of(spec, settings)
        tokenizer = manner.base.tokenizer
        sides = [
            manner.reading.gathered(
                one for example in side for one in manner.reading.encoded(example, tokenizer, spec)
            )
            for side in (source.training, source.validation)
        ]
        deck = Deck(tuple(sides[0].lengths.tolist()), spec.batch_size, 1, 2, 0)
        model = prepare(manner.base.load(spec, torch.device("cpu")), spec).model
        arguments = manner.arguments(spec, 2, tmp_path / kind, use_cpu=True, measure_first=False)
        trainer = manner.trainer(model, Lesson(*sides, deck, tokenizer), Numerics(), arguments, "adamw")
        moved(model)
        return trainer, spec

    return build


def moved(model) -> None:
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.05 * torch.randn_like(parameter))


@pytest.fixture
def batch_of():
    """``batch_of(trainer, rows=4)`` → the first held-out rows, collated."""
    return lambda trainer, rows=4: trainer.data_collator([trainer.eval_dataset[i] for i in range(rows)])
