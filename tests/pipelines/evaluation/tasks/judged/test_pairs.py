"""MT-bench against a baseline: both orders are asked, and only who wins both has won."""

import json
import re

import pytest

from pipelines.core.errors import SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.records import Item, Write
from pipelines.evaluation.tasks.judged.pairs import LOSS, MT_BENCH_PAIRS, TIE, WIN, Pair
from pipelines.evaluation.tasks.task import Setting
from tests.support.scripted_answerers import ScriptedAnswerer

DATA = REPOSITORY.parent / "shared" / "data" / "eval"
ROW = {"category": "writing", "turns": ["Tell a joke.", "Another."], "baseline": ["theirs one", "theirs two"]}


def place_of_the_better(write: Write, better: str) -> str:
    """A judge that knows: the letter of the assistant whose text has ``better``."""
    parts = dict(re.findall(r"\[Begin of assistant ([AB])\](.*?)\[End of", write.context, re.DOTALL))
    holds = [letter for letter, text in parts.items() if better in text]
    return f"Seen. [[{holds[0] if len(holds) == 1 else 'C'}]]"


def run(judging, row=ROW):
    model = ScriptedAnswerer(lambda write: "mine")
    judge = ScriptedAnswerer(judging)
    (outcome,) = MT_BENCH_PAIRS.outcomes([Item("0", row)], model, Setting(judge=judge))
    return outcome, judge.asked


@pytest.mark.parametrize(
    ("first", "second", "result", "consistent"),
    [
        ("A", "B", WIN, True),
        ("B", "A", LOSS, True),
        ("C", "C", TIE, True),
        ("A", "A", TIE, False),
        ("B", "B", TIE, False),
        ("A", "C", TIE, False),
        ("C", "A", TIE, False),
        (None, "B", None, False),
        ("A", None, None, False),
    ],
)
def test_a_winner_wins_in_both_orders(first, second, result, consistent):
    pair = Pair(first, second)
    assert pair.result == result and pair.consistent == consistent


@pytest.mark.parametrize(("better", "win_rate"), [("mine", 1.0), ("theirs", 0.0), ("neither", 0.5)])
def test_a_judge_that_knows_is_heard(better, win_rate):
    outcome, asked = run(lambda write: place_of_the_better(write, better))
    assert outcome.values["win_rate"] == win_rate and outcome.values["consistent"] == 1.0
    assert outcome.values["first_preferred"] == (0.0 if better == "neither" else 0.5)
    assert len(asked) == 4  # two turns in two orders


def test_a_judge_that_takes_the_first_is_found_out():
    outcome, _ = run(lambda write: "[[A]]")
    assert outcome.values == {"win_rate": 0.5, "consistent": 0.0, "first_preferred": 1.0, "judged": 1.0}
    assert outcome.read == {"turn_1": "tied", "turn_2": "tied"}


def test_the_orders_differ_in_nothing_else():
    _, asked = run(lambda write: "[[C]]")
    first, swapped = asked[0].context, asked[1].context
    assert first != swapped
    assert first.replace("mine", "?").replace("theirs one", "mine").replace("?", "theirs one") == swapped


def test_without_a_verdict_there_is_no_value():
    outcome, _ = run(lambda write: "Both are fine.")
    assert outcome.values == {"judged": 0} and outcome.read == {
        "turn_1": "no verdict",
        "turn_2": "no verdict",
    }


@pytest.mark.parametrize("baseline", [None, [], ["only one"], "text", [1, 2]])
def test_a_row_without_the_other_answers(baseline):
    with pytest.raises(SpecError, match=r"^baseline accepts"):
        MT_BENCH_PAIRS.check({**ROW, "baseline": baseline})


def test_fastchat_answers_are_read():
    files = [DATA / "mt_bench_question.jsonl", DATA / "mt_bench_reference_gpt4.jsonl"]
    if not all(file.is_file() for file in files):
        pytest.skip("needs mt_bench_question.jsonl and mt_bench_reference_gpt4.jsonl of the shared data")
    asked, answers = (
        {row["question_id"]: row for row in map(json.loads, file.read_text("utf-8").splitlines())}
        for file in files
    )
    rows = [{**asked[number], "choices": answers[number]["choices"]} for number in answers]
    for row in rows:
        MT_BENCH_PAIRS.check(row)
    outcome, judged = run(lambda write: "[[B]]", rows[0])
    assert rows[0]["choices"][0]["turns"][0] in judged[0].context and outcome.values["consistent"] == 0
