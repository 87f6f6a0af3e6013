"""GSM8K and BIG-Bench Hard against lm-evaluation-harness: the same prompts, and the same values of whatever a
model may have written.
"""

import gzip
import json
import random
from functools import cache
from typing import Any

import pytest
from lm_eval.api.instance import Instance

from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.bbh.parts import PARTS
from pipelines.evaluation.tasks.writing.bbh.task import BBH
from pipelines.evaluation.tasks.writing.exact import ExactTask
from pipelines.evaluation.tasks.writing.gsm8k import GSM8K, GSM8K_STEPS
from tests.support.harness import configuration, task_of
from tests.support.scripted_answerers import ScriptedAnswerer

DATA = REPOSITORY.parent / "shared" / "data"
FOLDERS = {
    "bbh_cot_fewshot": "cot_fewshot",
    "bbh_fewshot": "fewshot",
    "bbh_zeroshot": "zeroshot",
    "bbh_cot_zeroshot": "cot_zeroshot",
}
# Where the app's number words stand for a package that the harness would need.
BY_PACKAGE = ("multistep_arithmetic_two", "object_counting")
PIECES = [
    "The answer is", "the answer is", "So the answer is", "The answer:", "The final answer:", "####", "#### ",
    "A:", "Q:", ":", "(A)", "(B)", "(C).", "B", "True", "False.", "Yes", "no", "valid", "invalid",
    "plausible", "not plausible", "tells the truth", "is not telling the truth", "$", "7", "-3", "1,234.50",
    "$18.", "12.", "{ [", ") ]", '"x"', "\\", "\n", ".", "so", "18", "...", "+ 5-3",
]  # fmt: skip


@cache
def read(name: str) -> tuple[dict[str, Any], ...]:
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"needs {name} of the shared data")
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line) for line in lines)


def gsm8k() -> list[dict[str, Any]]:
    return list(read("eval/gsm8k_test.jsonl.gz")[:40])


def bbh(part: str, count: int = 6) -> list[dict[str, Any]]:
    return [row for row in read("eval/bbh.jsonl.gz") if row["task"] == part][:count]


def put(task: ExactTask, rows: list[dict[str, Any]], part: str = "", shots: Any = ()) -> list[str]:
    items = [Item(str(at), row, part) for at, row in enumerate(rows)]
    return [one.prompt for one in task.outcomes(items, ScriptedAnswerer(lambda write: ""), Setting(shots))]


def some_text(rng: random.Random, words: list[str]) -> str:
    return "".join(rng.choice(words) + rng.choice(["", " ", " "]) for _ in range(rng.randrange(1, 14)))


def same_values(task: ExactTask, theirs: Any, rows: list[dict[str, Any]], part: str, rounds: int) -> set:
    """Each row with texts put together at random of what answers are made of; the values that occurred."""
    rng, seen = random.Random(f"{task.name}{part}"), set()
    for _ in range(rounds):
        row = rng.choice(rows)
        wanted = task.answer(row)
        asked = row[next(iter(task.fields))].split()[-12:]
        text = some_text(rng, [*PIECES, *asked, wanted, f"The answer is {task.match.kept(wanted)}."])
        outcome = task.outcome(Item("0", row, part), "", (text,))
        instance = Instance("generate_until", row, ("", {}), 0)
        instance.resps = [text]
        for each in theirs._filters:
            each.apply([instance])
            value = theirs.process_results(row, [instance.filtered_resps[each.name]])["exact_match"]
            assert outcome.values[f"exact_match,{each.name}"] == float(value), (text, each.name, outcome.read)
            seen.add((each.name, float(value)))
        if part not in BY_PACKAGE:
            assert {name: each.strip() for name, each in outcome.read.items()} == {
                name: each.strip() for name, each in instance.filtered_resps.items()
            }, text
    return seen


@pytest.mark.parametrize(
    ("task", "file"), [(GSM8K, "gsm8k"), (GSM8K_STEPS, "gsm8k-cot-zeroshot")], ids=["plain", "steps"]
)
def test_gsm8k(task, file):
    rows, shots = gsm8k(), list(read("eval/gsm8k_train.jsonl.gz")[:8])
    theirs = task_of(f"gsm8k/{file}", rows, shots)
    for count in (0, 1, 5, 8):
        theirs.set_fewshot_seed(seed=0)
        drawn = random.Random(0).sample(shots, count)
        assert put(task, rows[:1], shots=drawn)[0] == theirs.fewshot_context(rows[0], count)
    seen = same_values(task, theirs, rows, "", 800)
    assert len(seen) == 4  # both filters, right and wrong
    asked = theirs.config.generation_kwargs
    assert task.until == tuple(asked["until"]) and task.max_new_tokens == 256


@pytest.mark.parametrize("task", BBH, ids=lambda task: task.name)
def test_bbh(task):
    prompts = {row["task"]: row for row in read("cot_prompts/bbh_cot_prompts.jsonl.gz")}
    for part in PARTS:
        rows, worked = bbh(part), task.solved_in(prompts[part])
        file = f"bbh/{FOLDERS[task.name]}/{part}"
        theirs, config = task_of(file, rows), configuration(file)
        count = config.get("num_fewshot", 0)
        assert put(task, rows, part, worked if count else ()) == [
            theirs.fewshot_context(row, count) for row in rows
        ]
        if part not in BY_PACKAGE or "zeroshot" not in task.name:
            same_values(task, theirs, rows, part, 30)
        assert task.until == tuple(config["generation_kwargs"]["until"])
        assert task.max_new_tokens == config["generation_kwargs"].get("max_gen_toks", 256)
