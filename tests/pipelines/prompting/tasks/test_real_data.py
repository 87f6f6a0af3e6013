"""The public sets and prompts themselves, where they lie beside the repository."""

from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from pipelines.core.settings import REPOSITORY
from pipelines.prompting.tasks.own.reading import read_items
from pipelines.prompting.tasks.public import bbh
from pipelines.prompting.tasks.public.files import read_bounded
from pipelines.prompting.tasks.public.loading import from_file
from pipelines.prompting.tasks.public.sets import PUBLIC
from pipelines.prompting.tasks.worked import worked_from_file

DATA = REPOSITORY.parent / "shared" / "data"
FILES = {
    "gsm8k": "gsm8k_test",
    "svamp": "cot_svamp",
    "multiarith": "cot_multiarith",
    "addsub": "cot_addsub",
    "singleeq": "cot_singleeq",
    "aqua": "cot_aqua",
    "strategyqa": "cot_strategyqa",
    "commonsenseqa": "commonsenseqa_dev",
    "last_letters_kojima": "cot_last_letters",
    "coin_flip_kojima": "cot_coin_flip",
    "date_understanding": "cot_bigbench_date",
    "tracking_shuffled_objects": "cot_bigbench_object_tracking",
    "bbh": "bbh",
}


def shared(name: str) -> Path:
    file = DATA / name
    if not file.is_file():
        pytest.skip(f"{name} is not here")
    return file


@cache
def found(name: str, part: str = ""):
    return from_file(PUBLIC[name], shared(f"eval/{FILES[name]}.jsonl.gz"), part)


def test_every_set_has_a_file_here():
    assert set(FILES) == set(PUBLIC)


@pytest.mark.parametrize("name", list(FILES))
def test_every_row_is_an_item_and_no_more_than_said(name):
    items, kind = found(name).items, PUBLIC[name].kind
    assert len(items) == kind.count
    assert all(item.question and item.answer for item in items)
    assert not kind.labels or {item.answer for item in items} == set(kind.labels)
    for item in items:
        assert not item.choices or item.answer in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(item.choices)]
        assert not item.rationale or item.rationale.lower().rstrip(".)").endswith(item.answer.lower())


def test_gsm8k_in_numbers():
    first = found("gsm8k").items[0]
    assert first.answer == "18" and "<<" not in first.rationale
    assert all(float(item.answer) == int(item.answer) for item in found("gsm8k").items)
    train = read_items(
        read_bounded(shared("eval/gsm8k_train.jsonl.gz"), 10_000_000)[:1_500_000].rpartition(b"\n")[0]
    )
    assert all(item.rationale and "," not in item.answer for item in train.items)


@pytest.mark.parametrize("name", ["svamp", "multiarith", "addsub", "singleeq"])
def test_sums_have_numbers_for_answers(name):
    assert all(float(item.answer) is not None for item in found(name).items)


@pytest.mark.parametrize(
    ("name", "choices"),
    [
        ("aqua", {5}),
        ("commonsenseqa", {5}),
        ("date_understanding", {5, 6}),
        ("tracking_shuffled_objects", {3}),
    ],
)
def test_no_letter_is_right_most_of_the_time(name, choices):
    items = found(name).items
    assert {len(item.choices) for item in items} == choices
    letters = Counter(item.answer for item in items)
    assert max(letters.values()) < 0.45 * len(items)


def test_last_letters_and_coins_are_as_their_questions_say():
    letters = found("last_letters_kojima").items
    right = [i.answer == "".join(word[-1] for word in i.question.split('"')[1].split()) for i in letters]
    assert sum(right) > 0.95 * len(letters)  # some names are of two words
    for item in found("coin_flip_kojima").items:
        assert item.answer == ("no" if item.question.count(" flips the coin") % 2 else "yes")


def test_bbh_by_tasks():
    whole = found("bbh")
    tasks = Counter(item.fields["task"] for item in whole.items)
    assert tuple(sorted(tasks)) == bbh.TASKS
    kinds = {task: {bool(i.choices) for i in whole.items if i.fields["task"] == task} for task in bbh.TASKS}
    broken = {"movie_recommendation", "ruin_names", "snarks"}  # each has a question whose options are torn
    assert {task for task, found in kinds.items() if len(found) == 2} == broken
    part = found("bbh", "navigate")
    assert len(part.items) == tasks["navigate"] == 250 and {i.answer for i in part.items} == {"Yes", "No"}
    assert not any("(A)" in i.question for i in whole.items if i.choices and i.fields["task"] != "snarks")


def test_the_eight_examples_of_wei_et_al():
    (worked,) = worked_from_file(shared("cot_prompts/gsm8k_cot_wei_8shot.yaml")).values()
    assert [item.answer for item in worked.items] == ["6", "5", "39", "8", "9", "29", "33", "8"]
    assert all(item.rationale.endswith(f"The answer is {item.answer}.") for item in worked.items)
    assert worked.items[0].question.startswith("There are 15 trees") and "\n" not in worked.items[0].question


def test_the_prompts_of_bbh():
    prompts = worked_from_file(shared("cot_prompts/bbh_cot_prompts.jsonl.gz"))
    assert tuple(prompts) == bbh.TASKS
    for worked in prompts.values():
        assert len(worked.items) == 3 and worked.about and "canary" not in worked.about
        for item in worked.items:
            assert "think step by step" not in item.rationale and "The answer is" not in item.rationale
            assert item.rationale.endswith(
                (f"the answer is {item.answer}.", f"the answer is ({item.answer}).")
            )
    choices = {task for task, worked in prompts.items() if all(item.choices for item in worked.items)}
    assert len(choices) == 17
