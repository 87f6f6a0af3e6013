"""One row of the loop's screen."""

import pytest

from pipelines.preferences.measures.loop import Revote, Trained, loop_row
from pipelines.preferences.records import Round
from pipelines.preferences.specs import RoundSpec

ROUND = Round("r", "owner", "First round", "code", RoundSpec(), True, 12.0)


def test_collected_alone(table):
    for n, choice in enumerate("aabb"):
        pair = table.pair()
        table.vote(pair, choice, who="x")
        table.vote(pair, choice if n else "b", who="y")
    table.pair()
    row = loop_row(ROUND, table.pairs, table.votes)
    assert (row.round, row.title, row.created) == ("r", "First round", 12.0)
    assert (row.pairs, row.votes, row.decided, row.annotators) == (5, 8, 3, 2)
    assert 0 < row.agreement < 1
    assert row.trained is row.people is row.judge is None


def test_people_and_judge_stand_side_by_side(table):
    for n in range(10):
        pair = table.pair(models=("run/1", "base"))
        table.vote(pair, "a" if n < 8 else "b")
        table.judge(pair, "a" if n < 6 else "tie")
    revote = Revote("run/1", tuple(table.pairs), tuple(table.votes))
    row = loop_row(ROUND, (), (), Trained("run/1", "dpo", "succeeded", 200), revote)
    assert (row.people.share, row.judge.share) == (0.8, 0.8)
    assert (row.judge.wins, row.judge.ties) == (6, 4)
    assert row.people.low < 0.8 < row.people.high and row.trained.pairs == 200
    assert row.agreement is None


def test_nobody_has_voted_again(table):
    table.pair(models=("run/1", "base"))
    row = loop_row(ROUND, (), (), None, Revote("run/1", tuple(table.pairs), ()))
    assert row.people is None and row.judge is None


def test_forgetting_is_the_rise_of_perplexity():
    assert Trained("run/1", "dpo", "succeeded", 1, 10.0, 11.0).forgetting == pytest.approx(0.1)
    assert Trained("run/1", "dpo", "running").forgetting is None
