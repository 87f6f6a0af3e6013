"""Parts of a set by seed, what is twice, and the digest that names it."""

import random
from dataclasses import replace

import pytest

from pipelines.core.errors import SpecError
from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.task_set import TaskSet, choose, digest

ITEMS = tuple(Item(f"i-{i}", f"What is {i} + 1?", str(i + 1), fields={"a": str(i)}) for i in range(60))


def ids(items) -> set[str]:
    return {item.id for item in items}


def test_a_part_is_the_same_for_one_seed_in_the_sets_order_and_grows():
    few, more = choose(ITEMS, 10, 4), choose(ITEMS, 25, 4)
    assert few == choose(ITEMS, 10, 4) != choose(ITEMS, 10, 5)
    assert len(few) == 10 and ids(few) < ids(more)
    places = [ITEMS.index(item) for item in more]
    assert places == sorted(places)
    assert choose(ITEMS, 60, 1) == choose(ITEMS, 999, 1) == ITEMS


def test_items_added_elsewhere_do_not_change_how_others_are_ranked():
    less = ITEMS[:40]
    kept = [i for i in choose(ITEMS, 20, 4) if i in less]
    assert ids(kept) <= ids(choose(less, 20, 4))


def test_every_item_is_chosen_for_some_seed():
    assert {i.id for seed in range(40) for i in choose(ITEMS, 10, seed)} == {i.id for i in ITEMS}


@pytest.mark.parametrize(("n", "seed"), [(0, 0), (-1, 0), ("3", 0), (3, -1)])
def test_bad_numbers(n, seed):
    with pytest.raises(SpecError, match="whole number"):
        choose(ITEMS, n, seed)


def test_a_digest_stands_for_all_that_is_asked_in_its_order():
    first = digest(ITEMS)
    assert first == digest(list(ITEMS)) and len(first) == 32
    changes = (
        {"question": "What?"}, {"answer": "0"}, {"choices": ("a", "b")}, {"rationale": "So."},
        {"fields": {"a": "9"}}, {"id": "other"},
    )  # fmt: skip
    found = {digest((replace(ITEMS[0], **change), *ITEMS[1:])) for change in changes}
    assert len({first, *found, digest(ITEMS[::-1]), digest(ITEMS[1:])}) == len(changes) + 3
    turned = {"b": "1", "a": "2"}, {"a": "2", "b": "1"}
    assert len({digest([replace(ITEMS[0], fields=fields)]) for fields in turned}) == 1


def test_a_known_digest():
    """It must stay: results of earlier days name their items by it."""
    items = [Item("a", "1 + 1?", "2"), Item("b", "Ä?", "B", ("x", "y"), "So. The answer is B.", {"k": "v"})]
    assert digest(items) == "206c51a49cf3c10e4bf3ec17351dc56b"


def test_what_is_asked_twice_is_counted():
    again = Item("again", "what is 3  + 1?", "4")
    other = Item("other", "What is 3 + 1?", "5")
    found = TaskSet("t", (*ITEMS, again, other))
    assert (found.duplicates, found.conflicts) == (2, 1)
    choices = Item("c", "Which?", "A", ("x", "y")), Item("d", "Which?", "A", ("x", "z"))
    assert TaskSet("t", choices).duplicates == 0


def test_variables_are_the_fields_that_every_item_has():
    one, two = Item("1", "q", "a", fields={"x": "", "y": ""}), Item("2", "q", "a", fields={"y": "1", "z": ""})
    assert TaskSet("t", (one, two)).variables == ("y",)
    assert TaskSet("t", ITEMS).chosen(5, 1).name == "t"


def test_a_set_of_nothing_is_none():
    with pytest.raises(SpecError, match="at least one item"):
        TaskSet("t", ())


@pytest.mark.parametrize(
    ("steps", "answer", "whole"),
    [
        ("First 7 + 5 = 12.", "12", "First 7 + 5 = 12. The answer is 12."),
        ("So the answer is (B).", "B", "So the answer is (B)."),
        ("The answer is 12.", "12", "The answer is 12."),
        ("The answer is 12. But no.", "12", "The answer is 12. But no. The answer is 12."),
        ("The answer is 13.", "12", "The answer is 13. The answer is 12."),
        ("One.\nTwo.", "2", "One.\nTwo.\nThe answer is 2."),
        ("Hence: final answer is 5", "5", "Hence: final answer is 5. The answer is 5."),
        ("", "7", "The answer is 7."),
        ("No.", "e.g.", "No. The answer is e.g."),
    ],
)
def test_how_a_worked_solution_ends(steps, answer, whole):
    assert concluded(steps, answer) == whole
    assert concluded(whole, answer) == whole


def test_concluding_long_texts_takes_no_time():
    rng = random.Random(1)
    text = " ".join(rng.choice(("the", "answer", "is", ".")) for _ in range(20_000))
    assert concluded(text, "5").endswith("The answer is 5.")
