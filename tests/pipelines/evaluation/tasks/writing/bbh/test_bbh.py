"""What BIG-Bench Hard reads besides its questions, by hand."""

import pytest

from pipelines.core.errors import SpecError
from pipelines.evaluation.filters.filter import INVALID
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.bbh.numbers import Numbers, value_of
from pipelines.evaluation.tasks.writing.bbh.parts import PARTS
from pipelines.evaluation.tasks.writing.bbh.reading import sorted_words
from pipelines.evaluation.tasks.writing.bbh.task import COT_FEW_SHOT, FEW_SHOT
from pipelines.evaluation.tasks.writing.bbh.worked import concluded, worked
from tests.support.scripted_answerers import ScriptedAnswerer

PROMPT = (
    "A notice.\n-----\nSort a list of words.\n\n"
    "Q: List: b a\nA: Let's think step by step.\nFirst a, then b. So the answer is a b.\n\n"
    "Q: List: d c\nA: Let's think step by step. c is before d. So the answer is c d."
)
ROW = {"task": "word_sorting", "input": "List: f e", "target": "e f"}


def prompt_with(task, shots) -> str:
    (outcome,) = task.outcomes(
        [Item("0", ROW, "word_sorting", tuple(shots))], ScriptedAnswerer(lambda _: ""), Setting()
    )
    return outcome.prompt


@pytest.mark.parametrize(
    ("words", "value"),
    [("seven", 7), ("twenty-one", 21), ("one hundred and five", 105), ("two thousand", 2000),
     ("a million", 10**6), ("three hundred twelve thousand and six", 312_006), ("hundred", 100), ("zero", 0)],
)  # fmt: skip
def test_number_words(words, value):
    assert value_of(words) == value


def test_figures_come_before_words():
    texts = (
        "There are twelve apples and 3 pears.",
        "There are twelve apples, not two.",
        "none at all",
        "= -24",
    )
    assert Numbers(0)(texts, {}) == ("3", "12", INVALID, "-24")
    assert Numbers(-1)(texts, {})[1] == "2"


def test_words_stand_where_they_were_said_last():
    row = {"input": "Sort the following words: List: oak elm fir"}
    told = ("oak elm fir: first elm, then fir and oak", "nothing", "firs elms")
    assert sorted_words(told, row) == ("elm fir oak", "", "")


def test_worked_examples_of_a_prompt():
    (first, second) = COT_FEW_SHOT.solved_in({"task": "word_sorting", "prompt": PROMPT})
    assert first == {
        "task": "word_sorting",
        "input": "List: b a",
        "target": "First a, then b. So the answer is a b.",
    }
    assert second["target"] == "c is before d. So the answer is c d."
    assert COT_FEW_SHOT.solved_in(ROW) == []
    with pytest.raises(SpecError, match=r"^prompt accepts"):
        worked("Sort.\n\nQ: List: b a\nA: a b")


def test_with_the_way_and_without():
    shots = COT_FEW_SHOT.solved_in({"task": "word_sorting", "prompt": PROMPT})
    assert prompt_with(FEW_SHOT, shots) == (
        "Sort a list of words.\n\nQ: List: b a\nA: a b\n\nQ: List: d c\nA: c d\n\nQ: List: f e\nA:"
    )
    assert "First a, then b." in prompt_with(COT_FEW_SHOT, shots)


def test_answers_alone_are_no_worked_examples():
    with pytest.raises(SpecError, match=r"^num_fewshot accepts 0, or examples that are worked out"):
        prompt_with(COT_FEW_SHOT, [ROW])
    assert concluded("e f") == "e f"


def test_parts():
    assert len(PARTS) == 27 and COT_FEW_SHOT.part_of(ROW) == "word_sorting"
    COT_FEW_SHOT.check(ROW)
    for changed, field in (
        ({"task": "no_such"}, "task"),
        ({"input": ""}, "input"),
        ({"target": None}, "target"),
    ):
        with pytest.raises(SpecError, match=f"^{field} accepts"):
            COT_FEW_SHOT.check({**ROW, **changed})
