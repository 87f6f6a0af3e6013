"""What visitors bring: the forms that are read, and what is said of the others."""

import json
import random

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.tasks.own.choices import choices_of, letter_of
from pipelines.prompting.tasks.own.limits import Limits
from pipelines.prompting.tasks.own.reading import read_items
from pipelines.prompting.tasks.own.texts import as_text, split_gsm8k

ROWS = [
    {"question": "1 + 1?", "answer": 2, "level": "easy"},
    {"question": "2, 2?", "answer": 4.0, "level": None},
]
LINES = "\n".join(map(json.dumps, ROWS))
CSV = 'question,answer,level\n1 + 1?,2,easy\n"2, 2?",4,\n'


@pytest.mark.parametrize(
    "source",
    [
        ROWS,
        tuple(ROWS),
        iter(ROWS),
        json.dumps(ROWS),
        json.dumps(ROWS).encode(),
        json.dumps({"name": "mine", "data": ROWS}),
        LINES,
        "\n" + LINES.replace("\n", "\r\n\r\n"),
        CSV,
        CSV.encode("utf-8-sig"),
        "\ufeff" + CSV,
        CSV.replace("\n", "\r\n"),
        'question;answer;level\n"1 + 1?";2;easy\n2, 2?;4;\n',
        "question\tanswer\tlevel\n1 + 1?\t2\teasy\n2, 2?\t4\t\n",
    ],
)
def test_every_form_gives_the_same_items(source):
    found = read_items(source)
    assert [(i.id, i.question, i.answer) for i in found.items] == [
        ("own-1", "1 + 1?", "2"),
        ("own-2", "2, 2?", "4"),
    ]
    assert [dict(i.fields) for i in found.items] == [{"level": "easy"}, {"level": ""}]
    assert found.columns == {"question": "question", "answer": "answer"}


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        (("Input", "Target"), ("Input", "Target")),
        (("prompt", "completion"), ("prompt", "completion")),
        (("text", "Label"), ("text", "Label")),
        (("QUESTION ", "final answer"), ("QUESTION", "final answer")),
        (("label", "text", "answer", "question"), ("question", "answer")),
    ],
)
def test_columns_are_found_by_usual_names(columns, found):
    told = read_items(",".join(columns) + "\n" + ",".join("abcd"[: len(columns)])).columns
    assert (told["question"], told["answer"]) == found


def test_a_mapping_wins_and_the_other_columns_stay():
    rows = [{"question": "no", "frage": "Wer?", "antwort": "ich", "weg": "So."}]
    (item,) = read_items(rows, {"question": "frage", "answer": "antwort", "rationale": "weg"}).items
    assert (item.question, item.answer, item.rationale) == ("Wer?", "ich", "So. The answer is ich.")
    assert item.fields == {"question": "no"}


def test_a_worked_solution_of_its_own_column():
    rows = [{"question": "q", "answer": "5", "Explanation": "Two and three. The answer is 5."}]
    assert read_items(rows).items[0].rationale == "Two and three. The answer is 5."


def test_answers_of_gsm8k_are_split():
    worked = "He has 2*600=<<2*600=1200>>1200.\nSo $1,200.\n#### 1,200"
    (item,) = read_items([{"question": "q", "answer": worked}]).items
    assert item.answer == "1200"
    assert item.rationale == "He has 2*600=1200.\nSo $1,200.\nThe answer is 1200."
    assert split_gsm8k("A #### in the middle\nof it") == ("", "A #### in the middle\nof it")
    assert split_gsm8k("#### 5") == ("", "5") and split_gsm8k("####") == ("", "####")


@pytest.mark.parametrize(
    "row",
    [
        {"question": "q", "choices": ["x", "y", "z"], "answer": "B"},
        {"question": "q", "choices": ["x", "y", "z"], "answer": " (b)"},
        {"question": "q", "options": ["A) x", "B) y", "C) z"], "answer": "y"},
        {"question": "q", "choices": "x | y | z", "answer": "Y"},
        {"question": "q", "choices": '["x", "y", "z"]', "answer": "B."},
        {"question": "q", "choices": {"label": ["A", "B", "C"], "text": ["x", "y", "z"]}, "answer": "B"},
        {"question": "q", "choices": [{"label": k, "text": k.lower()} for k in "XYZ"], "answer": "B"},
        {"question": "q", "A": "x", "B": "y", "C": "z", "answer": "B"},
        {"question": "q", "option_1": "x", "option_2": "y", "option_3": "z", "answer": "y"},
    ],
)  # fmt: skip
def test_choices_in_their_usual_forms(row):
    (item,) = read_items([row]).items
    assert (item.choices, item.answer, dict(item.fields)) == (("x", "y", "z"), "B", {})


def test_a_question_with_fewer_choices_than_columns_and_one_without():
    text = "question,A,B,C,answer\nq,x,y,,B\nr,x,y,z,C\ns,,,,free\n"
    found = read_items(text).items
    assert [i.choices for i in found] == [("x", "y"), ("x", "y", "z"), ()]
    assert [i.answer for i in found] == ["B", "C", "free"]


def test_columns_a_and_b_that_hold_something_else_are_fields():
    found = read_items([{"question": f"{a} + 1?", "a": a, "b": 1, "answer": 10 + a} for a in range(5)]).items
    assert found[2].fields == {"a": "2", "b": "1"} and not found[2].choices


def test_letters_and_texts_of_choices():
    assert letter_of("B", ("B", "A")) == "A"  # a text that is there wins over the letter
    assert letter_of("D", ("x", "y")) == "" == letter_of("x", ("x", "X"))
    assert letter_of("x.", ("w", "X")) == "B"
    assert choices_of("one; two") == ("one", "two") and choices_of(None) == () == choices_of(" ")
    assert choices_of(["A) x", "A) y"]) == ("A) x", "A) y") and choices_of([1, 2.0]) == ("1", "2")


def test_values_as_text():
    told = [as_text(v) for v in (1.5, 10**20, float("inf"), ["a", 1], {"b": None}, "\t x \n", False, 1e300)]
    assert told[:6] == ["1.5", str(10**20), "Infinity", '["a", 1]', '{"b": null}', "x"] and told[6] == "false"
    assert float(told[7]) == 1e300


def test_a_line_separator_within_a_text_ends_no_line():
    line = json.dumps({"question": "a\u2028b\x85c", "answer": "x"}, ensure_ascii=False)
    assert read_items(f"{line}\n{line}").items[1].question == "a\u2028b\x85c"


def test_what_is_twice_is_counted():
    found = read_items([{"question": q, "answer": a} for q, a in (("Q?", "1"), ("q?", "1"), ("Q?", "2"))])
    assert (found.duplicates, found.conflicts) == (2, 1) and len(found.items) == 3


DEEP: list = []
for _ in range(5_000):
    DEEP = [DEEP]
BAD = [
    ("", "accepts CSV whose first line names the columns"),
    (b"\xff\xfe\x00", "UTF-8"),
    ("question,answer\n\0,1", "zero byte"),
    (17, "accepts CSV"),
    ({"question": "q", "answer": "a"}, "accepts CSV"),
    ([], "accepts CSV"),
    ("[]", "accepts CSV"),
    ("[1, 2]", "row 1 accepts an object"),
    ([{"question": "q", "answer": "a"}, "text"], "row 2 accepts an object"),
    ([{}], "row 1 accepts an object"),
    ('[{"question": ', "line 1 accepts JSON"),
    ("[" * 100_000, "JSON that can be read"),
    ("[" + "9" * 5000 + "]", "JSON that can be read"),
    ('{"question": "q", "answer": "a"}\n{"question": ', "line 2 accepts JSON"),
    ('{"question": "q", "answer": "a"}\nnull', "line 2 accepts an object"),
    ("question,answer\na,b,c", "row 1 accepts 2 cells"),
    ('question,answer\n"a,b', "a quote is never closed"),
    ("question,question\na,b", "each column's name once"),
    ("question,,answer\na,b,c", "each column's name once"),
    ("question,answer\n", "accepts CSV"),
    ("what,reply\na,b", "question column accepts a column called question, input"),
    ("question,reply\na,b", "answer column accepts a column called answer, label"),
    ([{"question": "", "answer": "a"}], "row 1, question accepts text of 1 to 20,000"),
    ([{"question": "q", "answer": " "}], "row 1, answer accepts text of 1 to"),
    ([{"question": ["q"], "answer": "a"}], "row 1, question accepts text or a number"),
    ([{"question": "q", "answer": {"text": "a"}}], "row 1, answer accepts text or a number"),
    ([{"question": "q", "answer": "a"}, {"question": "q"}], "row 2, answer accepts"),
    ([{"question": "q", "answer": None}], "row 1, answer accepts"),
    ([{"question": "q" * 20_001, "answer": "a"}], "row 1, question accepts"),
    ([{"question": "q", "answer": "a" * 2_001}], "row 1, answer accepts"),
    ([{"question": "q", "answer": "a", "more": "x" * 20_001}], "row 1, more accepts"),
    ([{"question": "\ud800", "answer": "a"}], "half of a character"),
    ([{"question": "q", "answer": "a"} | {f"c{i}": 1 for i in range(60)}], "at most 60 columns"),
    ([{"question": "q", "answer": "a", "c" * 101: 1}], "column names of at most 100 characters"),
    ([{"question": "q", "answer": "a", "\udc00": 1}], "half of a character"),
    ([{"question": "q", "answer": "a", "deep": DEEP}], "nest less deep"),
    ([{"question": "q", "answer": "A", "choices": ["x"]}], "row 1, choices accepts 2 to 26 choices"),
    ([{"question": "q", "answer": "A", "choices": ["x"] * 27}], "row 1, choices accepts 2 to 26"),
    ([{"question": "q", "answer": "C", "choices": ["x", "y"]}], "row 1, answer accepts a letter from A to B"),
    ([{"question": "q", "answer": 1, "choices": ["x", "y"]}], "A to B, or the text of one choice"),
    ([{"question": "q", "answer": "x", "choices": ["x", ""]}], "row 1, choices accepts text of 1 to"),
]  # fmt: skip


@pytest.mark.parametrize(("source", "words"), BAD)
def test_bad_input_is_told_where_and_what_is_accepted(source, words):
    with pytest.raises(SpecError) as caught:
        read_items(source)
    assert words in str(caught.value) and len(str(caught.value)) < 600


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"frage": "question"}, "the roles question, answer, choices, rationale"),
        ({"question": "frage"}, "a column that is there: question, answer"),
        ({"question": "answer", "answer": "answer"}, "a different column for each role"),
        (["question"], "an object of role → column"),
    ],
)
def test_bad_mappings(columns, words):
    with pytest.raises(SpecError) as caught:
        read_items([{"question": "q", "answer": "a"}], columns)
    assert words in str(caught.value)


def test_more_than_is_accepted():
    limits = Limits(bytes=100, items=2)
    with pytest.raises(SpecError, match="at most 2 items"):
        read_items([{"question": "q", "answer": "a"}] * 3, limits=limits)
    with pytest.raises(SpecError, match=r"at most 0\.0001 MB"):
        read_items("question,answer\n" + "é,1\n" * 30, limits=limits)
    with pytest.raises(SpecError, match="at most 5,000 items"):
        read_items({"question": "q", "answer": "a"} for _ in iter(int, 1))  # without end
    with pytest.raises(SpecError, match="at most 2 MB"):
        read_items(b"x" * 2_000_001)


def test_whatever_comes_is_read_or_refused_in_words():
    rng = random.Random(8)
    pieces = [
        "question",
        "answer",
        ",",
        "\n",
        '"',
        "{",
        "}",
        "[",
        "]",
        ":",
        "a",
        "1",
        "|",
        "\t",
        ";",
        "null",
        "é",
        "A",
    ]
    read = 0
    for _ in range(1500):
        text = rng.choice(("", "question,answer\n", '[{"question":"q","answer":')) + "".join(
            rng.choice(pieces) for _ in range(rng.randint(0, 30))
        )
        try:
            read += len(read_items(text).items) > 0
        except GlassworksError:
            continue
    assert read > 20
