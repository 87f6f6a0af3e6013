"""Questions from files: every form, every way to name a place, and what is refused."""

import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.rag.measuring.locating import Documents, golds_now
from pipelines.rag.measuring.questions import Gold, Question, jsonl_of
from pipelines.rag.measuring.reading import imported

TEXTS = {
    "lora.md": "# LoRA\n\nLoRA was proposed by\nEdward Hu in 2021. It freezes the weights.",
    "crab.txt": "A crab  walked to the sea.\r\nThe sea was cold. LoRA is no crab.",
}


@pytest.fixture
def documents():
    return Documents(tuple(TEXTS), TEXTS.__getitem__)


def gold(document, words):
    start = TEXTS[document].index(words)
    return Gold(document, start, start + len(words), words)


HU = gold("lora.md", "LoRA was proposed by\nEdward Hu in 2021.")


PASSAGE = "LoRA was proposed  by Edward Hu in 2021."


@pytest.mark.parametrize(
    "row",
    [
        {"question": "Who?", "answer": "Edward Hu", "document": "lora.md", "passage": PASSAGE},
        {"question": "Who?", "answers": ["Edward Hu"], "source": "lora", "gold": HU.text},
        {"query": "Who?", "answers": {"text": ["Edward Hu"], "answer_start": [3]}, "context": PASSAGE},
        {
            "Question": " Who? ",
            "Answer": "Edward Hu",
            "document": "lora.md",
            "start": HU.start,
            "end": str(HU.end),
        },
    ],
)
def test_ways_to_name_a_place(documents, row):
    (one,) = imported([row], documents).questions
    assert one == Question("Who?", ("Edward Hu",), (HU,), "imported")


def test_csv_json_lines_and_a_list_say_the_same(documents):
    rows = [
        {"question": "Who, when?", "answers": "Edward Hu|Hu", "document": "lora.md", "passage": "Edward Hu"},
        {"question": "Where?", "answers": "to the sea", "document": "crab.txt", "passage": ""},
    ]
    lines = "\n".join(map(json.dumps, rows))
    head = "question;answers;document;passage"
    table = "\n".join([head, *(";".join(row.values()) for row in rows)])
    found = [
        imported(given, documents).questions for given in (rows, json.dumps(rows), lines, "\ufeff" + table)
    ]
    assert found[0] == found[1] == found[2] == found[3]
    assert found[0][0].answers == ("Edward Hu", "Hu") and found[0][1].gold == (
        gold("crab.txt", "to the sea"),
    )


def test_what_is_exported_is_imported(documents):
    questions = (
        Question("Who?", ("Hu",), (HU,), "rules"),
        Question("Which?", (), (Gold("crab.txt"),)),
        Question("Why?"),
    )
    assert imported(jsonl_of(questions), documents).questions == questions


def test_without_words_the_whole_document_is_meant(documents):
    found = imported([{"question": "?", "answer": "of no matter", "document": "lora.md"}], documents)
    assert found.questions[0].gold == (Gold("lora.md"),) and found.notes == ()


@pytest.mark.parametrize(
    ("row", "note"),
    [
        ({"document": "gone.md", "passage": "x"}, "no document 'gone.md'"),
        ({"document": "lora.md", "passage": "Adam was proposed"}, "stands in no document"),
        ({"passage": "nowhere at all"}, "stands in no document"),
        ({"gold": [{"document": "gone.md", "start": 0, "end": 1, "text": "x"}]}, "1 of its passages"),
    ],
)
def test_a_place_that_is_not_found_is_told_and_the_question_kept(documents, row, note):
    found = imported([{"question": "Who?", "answer": "Hu"}, {"question": "Who?", **row}], documents)
    assert len(found.questions) == 2 and found.questions[1].gold == ()
    assert len(found.notes) == 1 and found.notes[0].startswith("Row 2: ") and note in found.notes[0]


@pytest.mark.parametrize(
    ("source", "named"),
    [
        ("", "questions accepts CSV"),
        ("[]", "1 to 2,000 rows"),
        ("[1, 2]", "row 1"),
        ('{"question": 1}', "column question with text"),
        ("answer\nx", "row 1 accepts a column question"),
        ('{"question": "a"}\n{"question": ', "questions accepts CSV"),
        ([{"question": "?"}] * 2001, "1 to 2,000 rows"),
        ([{"question": "x" * 2001}], "row 1, question accepts text"),
        ([{"question": "?", "answer": "\ud800"}], "row 1, answer accepts text"),
        (
            [{"question": "?", "document": "lora.md", "start": 5, "end": 9999}],
            "row 1, start, end accepts two places",
        ),
        ([{"question": "?", "document": "lora.md", "start": "a", "end": "b"}], "two places"),
        ([{"question": "?", "gold": [{"document": "a", "odd": 1}]}], "an object with document"),
        ([{"question": "?", "gold": ["a"]}], "a list of objects"),
        ({"question": "?"}, "questions accepts CSV"),
        ("x" * 5_000_001, "at most 5 MB"),
        ("question\n\0", "questions accepts CSV"),
        ("[" * 100_000, "questions accepts CSV"),
    ],
)
def test_what_is_refused(documents, source, named):
    with pytest.raises(SpecError) as refused:
        imported(source, documents)
    assert named in str(refused.value)


def test_a_changed_document_is_searched_for_the_words():
    moved = {"lora.md": "New beginning.\n\n" + TEXTS["lora.md"], "crab.txt": "All is new."}
    documents = Documents(tuple(moved), moved.__getitem__)
    question = Question(
        "?", (), (HU, gold("crab.txt", "The sea was cold."), Gold("crab.txt"), Gold("gone.md"))
    )
    first, whole = golds_now(question, documents)
    assert moved["lora.md"][first.start : first.end] == HU.text and first.start == HU.start + 16
    assert whole == Gold("crab.txt")


def test_only_texts_that_are_needed_are_read():
    read = []
    documents = Documents(("a.md", "b.md"), lambda name: read.append(name) or "some words")
    imported([{"question": "?", "document": "b.md", "passage": "words"}] * 3, documents)
    assert read == ["b.md"]
