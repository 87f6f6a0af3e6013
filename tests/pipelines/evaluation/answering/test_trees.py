"""Whatever is read together, each text is whole along its branch and each asked token stands behind it."""

import random

import pytest

from pipelines.evaluation.answering.encoding import Reading
from pipelines.evaluation.answering.trees import Tree, common, groups_of, stemmed


def some_readings(seed: int, count: int = 60) -> list[Reading]:
    """Items that share examples, items that share little, and twice the same."""
    rnd = random.Random(seed)
    word = lambda n: [rnd.randrange(9) for _ in range(n)]  # noqa: E731
    shots, made = word(rnd.choice((0, 3, 90))), []
    while len(made) < count:
        context = [*rnd.choice((shots, shots, [])), *word(rnd.randint(1, 12))]
        for _ in range(rnd.randint(1, 5)):
            continuation = word(rnd.randint(0, 6))
            made.append(Reading((*context, *continuation), len(continuation)))
    return made + rnd.sample(made, 5)


def path_of(tree: Tree, column: int) -> list[int]:
    """The columns that ``column`` sees."""
    return [other for other in range(column + 1) if tree.ends[other] >= column]


def check(readings, groups):
    found: dict[tuple[int, int], int] = {}
    for group in groups:
        for tree in group.trees:
            for number, at, column, token in tree.asked:
                seen = [*group.stem, *(tree.tokens[other] for other in path_of(tree, column))]
                assert (number, at) not in found
                found[number, at] = token
                ids, scored = readings[number].ids, readings[number].scored
                assert tuple(seen) == ids[: len(ids) - scored + at] and token == ids[len(seen)]
            for column in range(len(tree)):
                assert tree.depths[column] == len(path_of(tree, column)) - 1
            assert tree.first == min(column for _, _, column, _ in tree.asked)
    wanted = {(number, at) for number, one in enumerate(readings) for at in range(one.scored)}
    assert found.keys() == wanted
    told = [number for group in groups for tree in group.trees for number in tree.numbers]
    assert sorted(told) == [number for number, one in enumerate(readings) if one.scored]


def size(groups) -> int:
    return sum(len(group.stem) + sum(map(len, group.trees)) for group in groups)


@pytest.mark.parametrize("seed", range(12))
def test_each_text_is_whole_along_its_branch(seed):
    readings = some_readings(seed)
    branching, alone = groups_of(readings, True), groups_of(readings, False)
    check(readings, branching)
    check(readings, alone)
    assert not any(group.masked for group in alone)
    assert size(branching) < size(alone) <= sum(len(one.read) for one in readings)


def test_examples_that_many_share_are_a_stem():
    shots = tuple(range(100, 160))
    readings = [Reading((*shots, 7, *(item,) * 5, option, 9), 2) for item in range(20) for option in range(4)]
    (group,) = groups_of(readings, True)
    assert group.stem == (*shots, 7) and len(group.trees) == 20 and group.masked
    assert {len(tree) for tree in group.trees} == {5 + 4}
    check(readings, [group])


def test_the_same_is_read_once_however_short_it_is():
    """A question of one token with the letters of its options after it."""
    shots = tuple(range(100, 160))
    readings = [Reading((*shots, item, option), 1) for item in range(20) for option in range(4)]
    (group,) = groups_of(readings, True)
    assert group.stem == shots and [tree.tokens for tree in group.trees] == [[item] for item in range(20)]
    check(readings, [group])


def test_nothing_is_asked_within_a_stem():
    """The next to last token is asked about already: it is no part of what is read before all."""
    shots = tuple(range(100, 200))
    readings = [Reading((*shots, item), 40) for item in range(30)]
    groups = groups_of(readings, True)
    assert all(len(group.stem) <= len(shots) - 40 for group in groups)
    check(readings, groups)


@pytest.mark.parametrize("window", [8, 20, 64])
def test_no_tree_is_wider_than_the_window(window):
    readings = some_readings(3)
    groups = groups_of(readings, True, window)
    check(readings, groups)
    for group in groups:
        for tree in group.trees:
            assert len(group.stem) + len(tree) <= window or not (group.stem or tree.branches)


def test_a_given_stem_stands_before_all():
    readings = [Reading((1, 2, 3, 4, 5), 2), Reading((1, 2, 3, 9, 9, 9), 2)]
    group = stemmed(readings, 2)
    assert group.stem == (1, 2) and len(group.trees) == 1 and group.trees[0].branches
    check(readings, [group])


def test_nothing_to_ask_is_no_tree():
    assert groups_of([], True) == groups_of([Reading((1, 2), 0)], True) == []
    assert common((), (1,)) == 0 and common((1, 2), (1, 2, 3)) == 2
