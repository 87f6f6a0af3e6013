"""Public sets in the forms of their authors, of the files that go round, and of the Hub: one item comes of
all. No row is of the sets themselves.
"""

import gzip
import json
import lzma

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.prompting.tasks.public import bbh
from pipelines.prompting.tasks.public.files import read_bounded
from pipelines.prompting.tasks.public.loading import from_file, from_text
from pipelines.prompting.tasks.public.sets import PUBLIC

WORKED = "Two and two are <<2+2=4>>4.\n#### 1,004"
CHOICES = [{"label": "A", "text": "sea"}, {"label": "B", "text": "sky"}]
SCORES = {"05/01/2021": 0, "05/02/2021": 1, "04/29/2021": 0}
TEXTS = {"label": ["A", "B"], "text": ["sea", "sky"]}
STORY = {"Body": "Two.", "Question": "How many?"}
NUMBERED = ["A)5", "B)7"]
SEA_SKY = ("sea", "sky")
SHUFFLED = "tracking_shuffled_objects"
BIG_BENCH = {"multiple_choice_targets": list(SCORES), "multiple_choice_scores": list(SCORES.values())}
FORMS = [
    ("gsm8k", {"question": "q", "answer": WORKED}, "1004", ()),
    ("svamp", {"question": "Two. How many?", "answer": 2.0, "equation": "( 2 )", "type": "Sum"}, "2", ()),
    ("svamp", STORY | {"Answer": "2.0", "Equation": "( 2 )", "Type": "Sum"}, "2.0", ()),
    ("svamp", STORY | {"ID": "1", "Answer": "2", "question_concat": "x"}, "2", ()),
    ("multiarith", {"question": "q", "final_ans": "7"}, "7", ()),
    ("multiarith", {"iIndex": 1, "sQuestion": "q", "lSolutions": [7.0], "lEquations": ["X=7"]}, "7", ()),
    ("addsub", {"sQuestion": "q", "lSolutions": [0.5]}, "0.5", ()),
    ("singleeq", {"question": "q", "answer": 11.5}, "11.5", ()),
    ("aqua", {"question": "q", "options": NUMBERED, "rationale": "So.", "correct": "B"}, "B", ("5", "7")),
    ("aqua", {"question": "q", "choices": NUMBERED, "rationale": "So.", "answer": "B"}, "B", ("5", "7")),
    ("strategyqa", {"question": "q", "answer": "Yes", "reasoning": "Yes. So."}, "yes", ()),
    ("strategyqa", {"qid": "1", "question": "q", "answer": True, "facts": ["Yes.", "So."]}, "yes", ()),
    ("strategyqa", {"question": "q", "answer": True, "facts": "Yes. So."}, "yes", ()),
    ("strategyqa", {"input": "q", "target": "No. So.", "target_scores": {"Yes": 0, "No": 1}}, "no", ()),
    ("commonsenseqa", {"answerKey": "B", "question": {"stem": "q", "choices": CHOICES}}, "B", SEA_SKY),
    ("commonsenseqa", {"answerKey": "B", "question": "q", "choices": TEXTS}, "B", SEA_SKY),
    ("last_letters_kojima", {"question": "q", "answer": "yo"}, "yo", ()),
    ("coin_flip_kojima", {"inputs": "q", "targets": "Yes"}, "yes", ()),
    ("coin_flip_kojima", {"question": "q", "answer": "no"}, "no", ()),
    (SHUFFLED, {"question": "q", "choices": ["a.", "b."], "answer": "b."}, "B", ("a", "b")),
    (SHUFFLED, {"input": "q", "target_scores": {"a.": 0, "b.": 1}}, "B", ("a", "b")),
    ("bbh", {"input": "q\nOptions:\n(A) a b\n(B) c", "target": "(A)"}, "A", ("a b", "c")),
    ("bbh", {"input": "not True is", "target": "False", "task": "boolean_expressions"}, "False", ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "row", "answer", "choices"), FORMS)
def test_a_row_of_any_form_is_the_item(name, row, answer, choices):
    for text in (json.dumps(row), json.dumps([row]), json.dumps({"canary": "x", "examples": [row]})):
        (item,) = from_text(PUBLIC[name], text).items
        assert (item.answer, item.choices) == (answer, choices)
        assert item.id == f"{name}-1" and item.question


def test_what_else_a_row_says_is_kept():
    (item,) = from_text(PUBLIC["svamp"], json.dumps(FORMS[2][1])).items
    assert item.question == "Two. How many?" and item.fields == {"equation": "( 2 )", "type": "Sum"}
    (item,) = from_text(PUBLIC["strategyqa"], json.dumps(FORMS[11][1])).items
    assert item.rationale == "Yes. So. The answer is yes." and item.fields == {"qid": "1"}
    (item,) = from_text(PUBLIC["gsm8k"], json.dumps(FORMS[0][1])).items
    assert item.rationale == "Two and two are 4. The answer is 1004."


def test_dates_do_not_begin_with_the_right_one():
    """In the published file nearly every right answer is the first."""
    rows = [
        {"question": f"q{i}", "choices": ["05/02/2021", "05/01/2021", "04/29/2021"], "answer": "05/02/2021"}
        for i in range(90)
    ]
    items = from_text(PUBLIC["date_understanding"], json.dumps(rows)).items
    found = [item.answer for item in items]
    assert all(15 < found.count(letter) < 45 for letter in "ABC")
    assert all(i.choices["ABC".index(i.answer)] == "05/02/2021" for i in items)
    assert items == from_text(PUBLIC["date_understanding"], json.dumps(rows)).items
    of_hub = {"inputs": "q0", "targets": ["05/02/2021"], **BIG_BENCH}
    (item,) = from_text(PUBLIC["date_understanding"], json.dumps(of_hub)).items
    assert item == items[0]


def test_options_of_bbh_that_are_no_letters_stay_in_the_question():
    for asked, answer in (
        ("q\nOptions:\n- Yes\n- No", "Yes"),
        ("q\nOptions:\n(A) a\n(C) b", "(A)"),
        ("q\nOptions:\n(A) Monsters\n(B) Inc", "Monsters, Inc"),
        ("q\nOptions:\n(A) one alone", "(A)"),
        ("q", "(B)"),
    ):
        assert bbh.parted(asked, answer) == (asked, (), answer)


def test_a_part_of_bbh(tmp_path):
    rows = [{"task": task, "input": f"{task} {i}", "target": "5"} for task in bbh.TASKS[:2] for i in range(3)]
    file = tmp_path / "bbh.jsonl"
    file.write_text("\n".join(map(json.dumps, rows)))
    found = from_file(PUBLIC["bbh"], file, bbh.TASKS[1])
    assert found.name == "bbh/causal_judgement" and len(found.items) == 3
    assert found.items[0].id == "bbh-causal_judgement-1" and found.items[0].fields == {"task": bbh.TASKS[1]}
    assert len(from_file(PUBLIC["bbh"], file).items) == 6
    with pytest.raises(SpecError, match="a task that the file holds: boolean_expressions, causal_judgement"):
        from_file(PUBLIC["bbh"], file, "snarks")
    alone = json.dumps({"canary": "x", "examples": [{"input": "q", "target": "a"}]})
    assert len(from_text(PUBLIC["bbh"], alone, "snarks").items) == 1  # the authors' file of one task


@pytest.mark.parametrize("name", list(PUBLIC))
def test_a_file_of_something_else_is_refused_in_words(name):
    for row in ({"title": "x"}, {"question": "q"}, {"question": {"a": 1}, "answer": [[]]}, {"input": None}):
        with pytest.raises(SpecError) as caught:
            from_text(PUBLIC[name], json.dumps([row]))
        assert "accepts" in str(caught.value)


def test_files_packed_damaged_absent_and_too_long(tmp_path):
    content = json.dumps({"question": "q", "answer": "a"}).encode()
    for name, packed in (("a.gz", gzip.compress(content)), ("a.xz", lzma.compress(content)), ("a", content)):
        (tmp_path / name).write_bytes(packed)
        assert read_bounded(tmp_path / name, 100) == content
        with pytest.raises(GlassworksError, match="unpacks to more than"):
            read_bounded(tmp_path / name, 10)
    for name, packed in (("b.gz", gzip.compress(content)), ("b.xz", lzma.compress(content))):
        (tmp_path / name).write_bytes(packed[: len(packed) // 2])
        with pytest.raises(GlassworksError, match="damaged"):
            read_bounded(tmp_path / name, 100)
    (tmp_path / "c.gz").write_bytes(content)
    with pytest.raises(GlassworksError, match="damaged"):
        read_bounded(tmp_path / "c.gz", 100)
    for absent in (tmp_path, tmp_path / "none"):
        with pytest.raises(NotFoundError, match="There is no file"):
            read_bounded(absent, 100)
