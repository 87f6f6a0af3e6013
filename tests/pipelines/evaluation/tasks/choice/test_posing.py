"""Measures of an item against values reckoned by hand and numpy's."""

import doctest
import math

import numpy as np
import pytest

from pipelines.evaluation.tasks.choice import columns, hellaswag, lambada, mmlu, posing, prompts
from pipelines.evaluation.tasks.choice.posing import accuracies, choose, fill, letters, mass, preference


@pytest.mark.parametrize("module", [columns, hellaswag, lambada, mmlu, posing, prompts])
def test_examples(module):
    assert doctest.testmod(module, optionflags=doctest.NORMALIZE_WHITESPACE).failed == 0


def test_norm_divides_by_characters_and_bytes_by_bytes():
    # é is one character and two bytes
    posed = choose("", ["ééé", "eeee"], 0)
    assert accuracies(posed, [-3.0, -3.9]) == {"acc": 1, "acc_norm": 0, "acc_bytes": 1}
    assert accuracies(posed, [-3.0, -1.9]) == {"acc": 0, "acc_norm": 0, "acc_bytes": 0}


def test_of_equals_the_first_is_chosen_and_an_empty_option_never_by_length():
    assert accuracies(choose("", ["a", "b"], 0), [-2.0, -2.0])["acc"] == 1
    assert accuracies(choose("", ["", "abc"], 1), [-0.5, -9.0]) == {"acc": 0, "acc_norm": 1, "acc_bytes": 1}


@pytest.mark.parametrize("seed", range(20))
def test_accuracies_are_numpy_s(seed):
    rng = np.random.default_rng(seed)
    options = ["x" * int(size) for size in rng.integers(1, 30, 5)]
    values, right = rng.normal(-20, 10, 5), int(rng.integers(5))
    lengths = np.array([len(option) for option in options])
    wanted = {"acc": np.argmax(values) == right, "acc_norm": np.argmax(values / lengths) == right}
    found = accuracies(choose("", options, right), values.tolist())
    assert {name: found[name] for name in wanted} == wanted


def test_mass_is_a_softmax_and_stays_one_where_every_probability_is_too_small():
    posed = choose("", ["a", "b", "c"], 0, 2)
    assert mass(posed, [math.log(0.1), math.log(0.2), math.log(0.1)])["acc"] == pytest.approx(0.5)
    assert mass(posed, [-2000.0, -2000.0, -2000.0])["acc"] == pytest.approx(2 / 3)


def test_a_stereotype_must_be_likelier_not_as_likely():
    posed = choose("", ["more", "less"], 0)
    assert preference(posed, [-3.0, -5.5]) == {"likelihood_diff": 2.5, "pct_stereotype": 1}
    assert preference(posed, [-3.0, -3.0])["pct_stereotype"] == 0


def test_what_stands_where():
    posed = letters("Which?", ["red", "blue"], 1)
    assert posed.contexts[0] == "Which?\nA. red\nB. blue\nAnswer:"
    assert posed.continuations == ("A", "B") and posed.solved == (posed.contexts[1], "B")
    posed = fill(["The cat", "The dog"], "barked.", 1)
    assert posed.solved == ("The dog", "barked.") and posed.options == ("The cat", "The dog")
