"""Win rates: each pair once, ties half, whichever side the model was on."""

import pytest

from pipelines.preferences.measures.shares import wilson
from pipelines.preferences.measures.winning import win_rate, words


def test_by_hand(table):
    table.played(wins=6, losses=3, ties=1)
    found, other = (win_rate(table.pairs, table.votes, model) for model in "xy")
    assert (found.wins, found.ties, found.losses, found.count) == (6, 1, 3, 10)
    assert found.share == 0.65 and other.share == pytest.approx(0.35)
    assert (found.low, found.high) == (wilson(6.5, 10).low, wilson(6.5, 10).high)


def test_the_side_does_not_matter(table):
    table.vote(table.pair(models=("x", "y")), "a")
    table.vote(table.pair(models=("y", "x")), "b")
    table.vote(table.pair(models=("y", "x")), "both_bad")
    assert win_rate(table.pairs, table.votes, "x").share == pytest.approx(2.5 / 3)


def test_a_pair_counts_once_by_its_majority(table):
    pair = table.pair()
    for who, choice in (("1", "a"), ("2", "a"), ("3", "b"), ("4", "skip")):
        table.vote(pair, choice, who=who)
    again = table.pair(repeats=pair)
    table.vote(again, "b")
    found = win_rate(table.pairs, table.votes, "x")
    assert (found.wins, found.count) == (1, 1)


def test_what_does_not_count(table):
    table.vote(table.pair(models=("x", "x")), "a")
    table.vote(table.pair(models=("y", "z")), "a")
    table.vote(table.pair(), "skip")
    found = win_rate(table.pairs, table.votes, "x")
    assert found.count == 0 and found.share is None and found.lengths is None


def test_lengths_are_of_its_own_texts(table):
    table.vote(table.pair(a="one two three", b="one", models=("x", "y")), "a")
    table.vote(table.pair(a="one two", b="one two three four", models=("y", "x")), "a")
    found = win_rate(table.pairs, table.votes, "x").lengths
    assert (found.mine, found.others, found.change) == (3.5, 1.5, 2.0)
    assert found.low == found.high == 2.0  # the same change in both


def test_one_pair_has_no_interval_of_its_change(table):
    table.vote(table.pair(), "a")
    assert win_rate(table.pairs, table.votes, "x").lengths.low is None


def test_words_of_scripts_without_spaces():
    assert words("Don't stop!") == 2 and words("犬が走る") == 4 and words("") == 0
