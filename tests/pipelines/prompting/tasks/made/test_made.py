"""What holds for every kind that is written from a seed."""

from collections import Counter
from itertools import islice

import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.made.all import MADE, MAX_ITEMS, made
from pipelines.prompting.tasks.made.drawing import balanced, drawn

COUNT = 150


@pytest.fixture(params=list(MADE))
def name(request) -> str:
    return request.param


def test_one_seed_writes_the_same_again_and_a_longer_set_begins_alike(name):
    first, again, longer = made(name, 20, 5), made(name, 20, 5), made(name, 30, 5)
    assert first == again and first.digest == again.digest
    assert longer.items[:20] == first.items
    other = made(name, 20, 6)
    assert other.digest != first.digest
    assert {i.question for i in other.items} != {i.question for i in first.items}


def test_nothing_is_asked_twice_and_ids_are_unique(name):
    found = made(name, COUNT, 1)
    assert found.duplicates == 0 == found.conflicts
    assert len({item.id for item in found.items}) == COUNT
    assert found.items[0].id == f"{name}-1-1"


def test_the_worked_solution_ends_with_the_answer(name):
    for item in made(name, COUNT, 2).items:
        assert item.rationale.endswith(f" The answer is {item.answer}.")
        assert item.rationale.count("The answer is") == 1
        assert "{" not in item.question + item.rationale and "  " not in item.question + item.rationale


def test_labels_are_balanced_and_those_that_the_kind_names(name):
    labels = MADE[name].kind.labels
    for count in (10, COUNT):
        found = Counter(item.answer for item in made(name, count, 3).items)
        if labels:
            assert set(found) <= set(labels)
            assert max(found[label] for label in labels) - min(found[label] for label in labels) <= 2


def test_every_item_has_the_same_fields(name):
    found = made(name, COUNT, 4)
    assert all(set(item.fields) == set(found.variables) for item in found.items)


def test_no_draw_touches_the_shared_chance(name):
    import random

    random.seed(1)
    state = random.getstate()
    made(name, 3, 1)
    assert random.getstate() == state


@pytest.mark.parametrize(
    ("n", "seed"), [(0, 1), (MAX_ITEMS + 1, 1), (True, 1), ("5", 1), (5, -1), (5, 2**32), (5, 1.5)]
)
def test_numbers_and_seeds_that_are_not_accepted(n, seed):
    with pytest.raises(SpecError, match="a whole number from"):
        made("coin_flip", n, seed)


def test_a_kind_that_there_is_not():
    with pytest.raises(SpecError, match="one of arithmetic, arithmetic_large, last_letters"):
        made("coins", 5, 1)


def test_a_kind_that_runs_dry_says_so():
    def write(rng, label):
        return Item("", str(rng.randint(1, 3)), label)

    endless = drawn("few", 1, write, ("a", "b"))
    assert len({item.question for item in islice(endless, 3)}) == 3
    with pytest.raises(GlassworksError, match="no more than 3 different"):
        next(endless)


def test_labels_come_in_no_fixed_order():
    import random

    drawn_labels = list(islice(balanced("ab", random.Random(1)), 40))
    assert Counter(drawn_labels) == {"a": 20, "b": 20}
    assert len({tuple(drawn_labels[i : i + 4]) for i in range(0, 40, 4)}) > 2
