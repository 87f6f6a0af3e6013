"""A task with an exact answer: GSM8K by hand, as text and as chat."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.all import WRITING
from pipelines.evaluation.tasks.writing.gsm8k import GSM8K, GSM8K_STEPS
from tests.support.scripted_answerers import ScriptedAnswerer

ROW = {
    "question": "Ann has 1,200 eggs and sells 34. How many are left?",
    "answer": "1200 - 34 = 1166\n#### 1,166",
}
SHOT = {"question": "What is 1 + 1?", "answer": "1 + 1 = 2\n#### 2"}


PLAIN, ITEM = Setting(), Item("0", ROW)


def outcome(text: str, task=GSM8K, setting: Setting = PLAIN, item: Item = ITEM):
    return task.outcomes([item], ScriptedAnswerer(lambda write: text), setting)[0]


@pytest.mark.parametrize(
    ("text", "strict", "flexible"),
    [
        (" She has 1200 - 34 = 1166.\n#### 1166", 1, 1),
        (" #### 1,166", 1, 1),
        (" #### $1166", 0, 1),  # the strict form has no dollar sign
        (" It is $1,166.", 0, 1),
        (" #### 1166 and so 5 more", 1, 0),
        (" eleven hundred", 0, 0),
        ("", 0, 0),
    ],
)
def test_gsm8k(text, strict, flexible):
    found = outcome(text)
    assert found.values == {"exact_match,strict-match": strict, "exact_match,flexible-extract": flexible}
    assert found.wanted == "1166"


def test_step_by_step():
    found = outcome(" 1200 - 34. The answer is 1166.", GSM8K_STEPS)
    assert found.values == {"exact_match,strict-match": 1, "exact_match,flexible-extract": 1}
    assert found.prompt == f"Q: {ROW['question']}\nA: Let's think step by step."


def test_solved_ones_stand_before():
    wanted = f"Question: {SHOT['question']}\nAnswer: {SHOT['answer']}\n\nQuestion: {ROW['question']}\nAnswer:"
    assert outcome("", setting=Setting((SHOT,))).prompt == wanted
    assert outcome("", item=Item("0", ROW, shots=(SHOT,))).prompt == wanted


def test_as_chat_they_are_turns():
    assert outcome("", setting=Setting((SHOT,), chat=True)).prompt == (
        f"<user>Question: {SHOT['question']}\nAnswer:</><assistant>{SHOT['answer']}</>"
        f"<user>Question: {ROW['question']}\nAnswer:</><assistant>"
    )


@pytest.mark.parametrize("field", ["question", "answer"])
def test_a_missing_field_is_named(field):
    with pytest.raises(SpecError, match=f"^{field} accepts a text"):
        GSM8K.check({**ROW, field: 7})


def test_every_task_says_what_it_is():
    assert len({task.name for task in WRITING}) == len(WRITING) == 9
    for task in WRITING:
        assert task.kind == "writing" and task.licence and task.source and task.hub and task.fields
        assert len({metric.name for metric in task.metrics}) == len(task.metrics)
