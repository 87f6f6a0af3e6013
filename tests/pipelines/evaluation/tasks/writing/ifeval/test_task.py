"""IFEval's figures, its rows and where the app departs from the harness."""

import gzip
import json

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.records import Item
from pipelines.evaluation.tasks.task import Setting
from pipelines.evaluation.tasks.writing.ifeval import counting
from pipelines.evaluation.tasks.writing.ifeval.following import strictly
from pipelines.evaluation.tasks.writing.ifeval.kinds import KINDS
from pipelines.evaluation.tasks.writing.ifeval.task import IFEVAL
from tests.support.ifeval_oracle import ifeval
from tests.support.scripted_answerers import ScriptedAnswerer

FILE = REPOSITORY.parent / "shared" / "data" / "eval" / "ifeval_input_data.jsonl.gz"
ROW = {
    "prompt": "Greet me, in two words and without commas.",
    "instruction_id_list": ["length_constraints:number_words", "punctuation:no_comma"],
    "kwargs": [{"num_words": 2, "relation": "at least", "keywords": None}, {}],
}
ANSWERS = (
    "Sure, here it is:\n*Hello* there, *all* of you.\n\nP.S. Any other questions?", "", "MY ANSWER IS YES.",
    "my answer is yes.", '"<<A title>>\n\nSECTION 1\n* one\n* two\nSECTION 2\n[name] [place]"', '{"a": 1}',
)  # fmt: skip


def outcome(row: dict, text: str):
    return IFEVAL.outcomes([Item("0", row)], ScriptedAnswerer(lambda write: text), Setting())[0]


def test_by_hand():
    values = outcome(ROW, "Hello, *you*").values
    assert values == {
        "instructions": 2.0,
        "prompt_level_strict_acc": 0.0,
        "inst_level_strict_acc": 0.5,
        "prompt_level_loose_acc": 0.0,
        "inst_level_loose_acc": 0.5,
    }
    greeted = outcome(ROW, "Of course, here:\nHello you").values
    assert (greeted["prompt_level_strict_acc"], greeted["prompt_level_loose_acc"]) == (0.0, 1.0)


def test_the_published_rows_have_the_harness_values():
    if not FILE.is_file():
        pytest.skip("needs ifeval_input_data.jsonl.gz of the shared data")
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    oracle, seen = ifeval(), set()
    counting._punkt.cache_clear()
    for place, row in enumerate(rows):
        IFEVAL.check(row)
        seen |= set(row["instruction_id_list"])
        if any(given.get("letter") in ("!", "#") for given in row["kwargs"]):
            continue  # the harness draws a letter in place of these
        text = (
            f"{row['prompt']}\n{ANSWERS[place % len(ANSWERS)]}"
            if place % 3
            else ANSWERS[place % len(ANSWERS)]
        )
        theirs, ours = oracle.process_results(row, [text]), outcome(row, text).values
        for level in ("strict", "loose"):
            followed = theirs[f"inst_level_{level}_acc"]
            assert ours[f"prompt_level_{level}_acc"] == theirs[f"prompt_level_{level}_acc"], row["key"]
            assert ours[f"inst_level_{level}_acc"] * ours["instructions"] == pytest.approx(sum(followed))
    assert seen == set(KINDS)


def test_instructions_weigh_by_their_number():
    weights = {metric.name: metric.weight for metric in IFEVAL.metrics}
    assert weights["inst_level_loose_acc"] == "instructions" and weights["prompt_level_loose_acc"] == ""


def test_a_sign_that_is_no_letter_is_counted():
    asked = ("keywords:letter_frequency", {"letter": "!", "let_frequency": 2, "let_relation": "at least"})
    assert strictly("Oh! No!", [asked]) == [True] and strictly("Oh! no", [asked]) == [False]


def test_words_are_literal():
    asked = [
        ("keywords:existence", {"keywords": ["C++"]}),
        ("keywords:forbidden_words", {"forbidden_words": ["a.c"]}),
    ]
    assert strictly("I like c++ and abc.", asked) == [True, True]


def test_without_punkt_the_house_divides_sentences(monkeypatch):
    monkeypatch.setattr(counting, "_punkt", lambda: None)
    assert counting.sentences("Dr. Smith left. He ran!\n\nWhy?") == 3
    assert counting.sentences("A list\n- of cats\n- of dogs\n\nis one.") == 1
    assert counting.told_by() == "the app's rules"
    assert outcome(ROW, "Hello you").details["sentences"] == "the app's rules"


def test_json_that_nests_without_end_is_none():
    assert strictly("[" * 100_000, [("detectable_format:json_format", {})]) == [False]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"prompt": " "}, "prompt"),
        ({"instruction_id_list": []}, "instruction_id_list"),
        ({"instruction_id_list": ["no:such", "punctuation:no_comma"]}, r"instruction_id_list\[0\]"),
        ({"kwargs": [{}]}, "kwargs"),
        ({"kwargs": [{}, {}]}, r"kwargs\[0\].num_words"),
        ({"kwargs": [{"num_words": 0, "relation": "at least"}, {}]}, r"kwargs\[0\].num_words"),
        ({"kwargs": [{"num_words": 5, "relation": "more than"}, {}]}, r"kwargs\[0\].relation"),
        ({"kwargs": [{"num_words": 5, "relation": "at least"}, "none"]}, r"kwargs\[1\]"),
    ],
)
def test_what_a_row_lacks_is_named(changed, field):
    IFEVAL.check(ROW)
    with pytest.raises(SpecError, match=f"^{field} accepts"):
        IFEVAL.check({**ROW, **changed})
