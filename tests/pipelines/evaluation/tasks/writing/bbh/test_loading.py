"""The authors' worked examples in the same file as the questions."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings
from pipelines.evaluation.tasks.rows import load
from pipelines.evaluation.tasks.shots import Shots
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.bbh.task import COT_FEW_SHOT
from tests.support.scripted_answerers import ScriptedAnswerer

WORKED = {
    "task": "word_sorting",
    "prompt": "Sort a list of words.\n\nQ: List: b a\nA: Let's think step by step.\nSo the answer is a b.",
}
ROWS = [
    {"task": "word_sorting", "input": "List: d c", "target": "c d"},
    {"task": "navigate", "input": "Turn.", "target": "No"},
]


def loaded(tmp_path, rows, part: str = "", count: int = 1):
    file = tmp_path / "bbh.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return load(COT_FEW_SHOT, part, str(file), 0, Settings(home=tmp_path), shots=Shots(count))


def test_they_stand_before_the_questions_of_their_task(tmp_path):
    found = loaded(tmp_path, [WORKED, *ROWS], "word_sorting")
    (outcome,) = COT_FEW_SHOT.outcomes(
        found.items, ScriptedAnswerer(lambda write: "So the answer is c d."), Setting()
    )
    assert outcome.prompt.startswith(f"{WORKED['prompt']}\n\nQ: List: d c\n")
    assert outcome.values == {"exact_match,get-answer": 1.0}


def test_without_examples_they_are_no_questions(tmp_path):
    assert [item.part for item in loaded(tmp_path, [WORKED, *ROWS], count=0).items] == [
        "word_sorting",
        "navigate",
    ]


def test_more_than_there_are(tmp_path):
    with pytest.raises(SpecError, match=r"^num_fewshot accepts at most 1"):
        loaded(tmp_path, [WORKED, *ROWS], "word_sorting", 2)
