import random
from collections import Counter

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.prompt.labels import cycle, shown_answers
from tests.pipelines.prompting.prompt.items import moods, options, sums


@pytest.mark.parametrize("count", [2, 3, 7, 50])
def test_a_cycle_leaves_nothing_in_its_place(count):
    moved = cycle(count, random.Random(count))
    assert sorted(moved) == list(range(count))
    assert all(at != to for at, to in enumerate(moved))


def test_true_answers_are_the_items_own():
    assert shown_answers(sums(5), "true", 0) == ("5", "6", "7", "8", "9")


@pytest.mark.parametrize("pool", [sums(40), moods(40), options(40)])
def test_shuffled_answers_occur_as_often_as_before(pool):
    true = [item.answer for item in pool]
    shown = shown_answers(pool, "shuffled", 3)
    assert Counter(shown) == Counter(true) and list(shown) != true
    assert shown == shown_answers(pool, "shuffled", 3) != shown_answers(pool, "shuffled", 4)


def test_shuffled_among_open_ended_answers_none_stays():
    pool = sums(40)
    assert not any(
        item.answer == shown for item, shown in zip(pool, shown_answers(pool, "shuffled", 0), strict=True)
    )


def test_shuffled_letters_stay_within_the_choices():
    pool = (*options(20, 2), *(Item(f"x{i}", "?", "ABCDE"[i % 5], tuple("vwxyz")) for i in range(20)))
    shown = shown_answers(pool, "shuffled", 1)
    assert set(shown[:20]) == {"A", "B"} and set(shown[20:]) == set("ABCDE")


@pytest.mark.parametrize("pool", [moods(40), moods(40, ("a", "b", "c", "d")), options(40), options(40, 2)])
def test_flipped_labels_are_always_the_same_other_one(pool):
    shown = shown_answers(pool, "flipped", 0)
    to = {(item.answer, label) for item, label in zip(pool, shown, strict=True)}
    labels = {item.answer for item in pool}
    assert len(to) == len(labels) == len({label for _, label in to})
    assert {label for _, label in to} == labels and all(a != b for a, b in to)


def test_of_two_labels_the_other_whatever_the_seed():
    pool = moods(10)
    assert len({shown_answers(pool, "flipped", seed) for seed in range(5)}) == 1
    many = moods(40, ("a", "b", "c", "d"))
    assert len({shown_answers(many, "flipped", seed) for seed in range(9)}) > 1


@pytest.mark.parametrize(
    "pool", [sums(20), moods(20, ("one",)), moods(3), (Item("a", "?", "Z", ("x", "y")),)]
)
def test_labels_that_are_no_closed_set_cannot_be_flipped(pool):
    with pytest.raises(SpecError) as refused:
        shown_answers(pool, "flipped", 0)
    assert refused.value.field == "labels"
