"""The forms in which a set is published are the same questions, and a row with a fault names its field."""

from itertools import product
from typing import Any

import pytest

from pipelines.core.errors import SpecError
from pipelines.evaluation.tasks.choice.mmlu_subjects import SUBJECTS
from pipelines.evaluation.tasks.registry import TASKS
from tests.support.evaluation_rows import published, rows
from tests.support.harness import configuration, task_files

OF_THE_DATA = (
    "arc_easy", "arc_challenge", "piqa", "winogrande", "commonsense_qa", "truthfulqa_mc1", "truthfulqa_mc2",
)  # fmt: skip
ARC = {"question": "Q", "choices": {"text": ["a", "b"], "label": ["A", "B"]}, "answerKey": "B"}
HELLASWAG = {"activity_label": "Sport", "ctx_a": "a", "ctx_b": "", "endings": list("abcd"), "label": "3"}
PIQA = {"goal": "g", "sol1": "a", "sol2": "b", "label": 1}
WINOGRANDE = {"sentence": "The _ ran.", "option1": "cat", "option2": "dog", "answer": "1"}
MMLU = {"subject": "anatomy", "question": "Q", "choices": list("abcd"), "answer": "D"}
TRUE = {"question": "Q", "mc1_targets": {"choices": ["a", "b"], "labels": [1, 0]}}
BLIMP = {"sentence_good": "a", "sentence_bad": "b", "UID": "x"}


@pytest.mark.parametrize("task", OF_THE_DATA)
def test_the_authors_rows_and_the_hub_s_are_the_same_questions(task):
    for row in rows(task)[::7]:
        assert TASKS[task].pose(published(task, row)) == TASKS[task].pose(row)


def test_the_first_answer_is_the_right_one_where_the_harness_takes_it_for_that():
    assert {TASKS["truthfulqa_mc1"].pose(row).right for row in rows("truthfulqa_mc1")} == {(0,)}


def test_parts_are_the_harness_s_and_what_is_told_before():
    theirs = {
        configuration(file)["dataset_name"]: configuration(file) for file in task_files("mmlu/default/*")
    }
    assert set(theirs) == set(SUBJECTS) == set(TASKS["mmlu"].parts) and len(SUBJECTS) == 57
    assert all(TASKS["mmlu"].describe(name) == told["description"] for name, told in theirs.items())
    paradigms = [configuration(file)["dataset_name"] for file in task_files("blimp/*")]
    assert sorted(paradigms) == sorted(TASKS["blimp"].parts) and len(paradigms) == 67


@pytest.mark.parametrize(
    ("row", "right"),
    [
        (ARC, 1),
        ({"question": {"stem": "Q", "choices": [{"text": "a", "label": "1"}, {"text": "b", "label": "2"}]},
          "answerKey": "1"}, 0),
        ({"query": "Question: Q", "choices": ["a", "b"], "gold": 1}, 1),
        ({"question": "Q", "correct": "a", "incorrect": ["b"]}, 0),
    ],
)  # fmt: skip
def test_forms_of_arc(row, right):
    posed = TASKS["arc_challenge"].pose(row)
    assert (posed.contexts[0], posed.options, posed.right) == ("Question: Q\nAnswer:", ("a", "b"), (right,))


@pytest.mark.parametrize("answer", [2, "2", "C", " C "])
def test_an_answer_of_mmlu_is_a_letter_or_a_place(answer):
    as_table = {"question": " Q ", "A": "a", "B": "b", "C": "c", "D": "d", "answer": answer}
    for row in (MMLU | {"answer": answer}, as_table):
        posed = TASKS["mmlu"].pose(row)
        assert posed.right == (2,) and posed.contexts[0] == "Q\nA. a\nB. b\nC. c\nD. d\nAnswer:"


def test_the_table_of_truthfulqa():
    row = {
        "Question": "Q?",
        "Best Answer": "Yes",
        "Correct Answers": "Yes; Sure;",
        "Incorrect Answers": "No; Never",
    }
    assert TASKS["truthfulqa_mc1"].pose(row).options == ("Yes", "No", "Never")
    posed = TASKS["truthfulqa_mc2"].pose(row)
    assert posed.options == ("Yes", "Sure", "No", "Never") and posed.right == (0, 1)


def without(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize(
    ("task", "row", "field"),
    [
        *(("arc_easy", without(ARC, name), name) for name in ARC),
        ("arc_easy", ARC | {"answerKey": "C"}, "answerKey"),
        ("arc_easy", ARC | {"choices": {"text": ["a", "b"], "label": ["A"]}}, "choices"),
        ("arc_easy", ARC | {"question": {"choices": [{"text": "a", "label": "A"}] * 2}}, "question"),
        *(("hellaswag", without(HELLASWAG, name), name) for name in HELLASWAG if name != "ctx_b"),
        ("hellaswag", HELLASWAG | {"label": ""}, "label"),
        ("hellaswag", HELLASWAG | {"label": 4}, "label"),
        ("hellaswag", HELLASWAG | {"endings": ["a", None]}, "endings"),
        *(("piqa", without(PIQA, name), name) for name in PIQA),
        ("piqa", PIQA | {"label": True}, "label"),
        *(("winogrande", without(WINOGRANDE, name), name) for name in WINOGRANDE),
        ("winogrande", WINOGRANDE | {"sentence": "No gap."}, "sentence"),
        ("winogrande", WINOGRANDE | {"answer": "0"}, "answer"),
        *(("mmlu", without(MMLU, name), name) for name in ("question", "answer")),
        ("mmlu", without(MMLU, "choices"), "A"),
        ("mmlu", MMLU | {"answer": "E"}, "answer"),
        ("mmlu", MMLU | {"answer": -1}, "answer"),
        *(("truthfulqa_mc1", without(TRUE, name), name) for name in TRUE),
        ("truthfulqa_mc1", TRUE | {"mc1_targets": {"a": 1, "b": 1}}, "mc1_targets"),
        ("truthfulqa_mc2", TRUE, "mc2_targets"),
        ("blimp", without(BLIMP, "sentence_bad"), "sentence_bad"),
        ("blimp", BLIMP | {"sentence_good": " "}, "sentence_good"),
        ("commonsense_qa", ARC, "choices"),
        ("lambada_openai", {"text": "word"}, "text"),
        ("crows_pairs_english", {"sent_more": "a"}, "sent_less"),
        ("story_cloze", {"story": "a", "endings": ["a"], "label": 0}, "endings"),
    ],
)  # fmt: skip
def test_a_fault_names_its_field(task, row, field):
    with pytest.raises(SpecError) as fault:
        TASKS[task].check(row)
    assert fault.value.field == field


JUNK = (
    None, 1, -3, 10**30, True, 0.5, float("nan"), "", " ", "x", "²", "-1", [], [None], [1, 2], ["a", "b"], {},
    {"a": 1}, {"text": 3, "label": []}, [{"text": "a"}], {"stem": "Q"}, {"choices": ["a", "b"], "labels": 1},
    {"choices": ["a", "b"], "labels": [[], 1]}, {"a": [], "b": 1},
)  # fmt: skip
TABLE = {"Question": "Q", "Best Answer": "a", "Correct Answers": "a; b", "Incorrect Answers": "c"}


@pytest.mark.parametrize(
    ("task", "row"),
    [("arc_easy", ARC), ("hellaswag", HELLASWAG), ("piqa", PIQA), ("winogrande", WINOGRANDE), ("mmlu", MMLU),
     ("truthfulqa_mc1", TRUE), ("blimp", BLIMP), ("commonsense_qa", ARC), ("lambada_openai", {"text": "a b"}),
     ("arc_challenge", {"question": "Q", "correct": "a", "incorrect": ["b"]}),
     ("piqa", {"query": "Q", "choices": ["a", "b"], "gold": 0}),
     ("winogrande", {"context_options": ["a", "b"], "continuation": "c", "gold": 0}),
     ("truthfulqa_mc2", TABLE)],
)  # fmt: skip
def test_whatever_stands_in_a_field_is_read_or_named(task, row):
    for name, junk in product(row, JUNK):
        try:
            TASKS[task].check(dict(row) | {name: junk})
        except SpecError as fault:
            assert str(fault)
