"""A whole run of a model beside lm-evaluation-harness's: the same prompts, texts and values."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.core.settings import Settings
from pipelines.evaluation.answering.local import LocalAnswerer
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.reading import rows_of
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.bbh.task import ZERO_SHOT
from pipelines.evaluation.tasks.writing.exact import ExactTask
from pipelines.evaluation.tasks.writing.gsm8k import GSM8K
from pipelines.models.catalogue import Catalogue
from pipelines.models.devices import pick_device
from pipelines.models.loader import LoadedModel, load_model
from tests.support.evaluation_rows import DATA
from tests.support.harness import configuration, harness


def rows(name: str, count: int, **only: str) -> list[dict[str, Any]]:
    if not (file := DATA / name).is_file():
        pytest.skip(f"needs {name} of the shared data")
    found = (dict(row.values) for row in rows_of(file))
    return [row for row in found if all(row[key] == value for key, value in only.items())][:count]


def house(name: str, home: Path) -> LoadedModel:
    place = Catalogue(Settings(home=home)).place(f"house/{name}")
    return load_model(place.name, place.folder, pick_device("cpu"), place.base)


def same(
    task: ExactTask, file: str, items: list[Item], model: LoadedModel, new: int, chat: bool = False
) -> None:
    """Both with ``new`` tokens at most, or as many as the task has it."""
    shots = items[0].shots
    limited = {**configuration(file)["generation_kwargs"], "max_gen_toks": new}
    theirs = harness(
        model, file, [dict(item.fields) for item in items], shots=shots, num_fewshot=len(shots), chat=chat,
        generation_kwargs=limited,
    )  # fmt: skip
    ours = replace(task, max_new_tokens=new).outcomes(items, LocalAnswerer(model), Setting(chat=chat))
    for name in (metric.name for metric in task.metrics):
        metric, _, filtered = name.partition(",")
        samples = [one for one in theirs["samples"] if one["filter"] == filtered]
        for outcome, sample in zip(ours, samples, strict=True):
            assert outcome.prompt == sample["arguments"][0][0]
            assert outcome.texts == tuple(sample["resps"][0])
            assert outcome.values[name] == sample[metric]
        mean = sum(outcome.values[name] for outcome in ours) / len(ours)
        assert mean == pytest.approx(theirs["figures"][name], abs=5e-5)


@pytest.mark.parametrize(("count", "new"), [(3, 12), pytest.param(40, 256, marks=pytest.mark.slow)])
def test_gsm8k_of_the_house_model(count, new, tmp_path):
    shots = tuple(rows("gsm8k_train.jsonl.gz", 1))
    asked = rows("gsm8k_test.jsonl.gz", count)
    items = [Item(str(place), row, shots=shots) for place, row in enumerate(asked)]
    same(GSM8K, "gsm8k/gsm8k", items, house("story-base", tmp_path), new)


def test_bbh_of_a_model_with_a_chat_template(tmp_path):
    part = "boolean_expressions"
    items = [Item(str(place), row, part) for place, row in enumerate(rows("bbh.jsonl.gz", 3, task=part))]
    same(ZERO_SHOT, f"bbh/zeroshot/{part}", items, house("story-instruct", tmp_path), 12, chat=True)
