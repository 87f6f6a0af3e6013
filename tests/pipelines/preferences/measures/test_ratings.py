"""Bradley–Terry and Elo, against closed forms, scikit-learn's logistic regression and known strengths."""

import random

import numpy as np
import pytest
from scipy.stats import beta

from pipelines.preferences.measures.ratings import SCALE, bradley_terry, elo, strengths


def of(ratings):
    return {one.model: one for one in ratings}


def apart(ratings, first="x", second="y") -> float:
    return of(ratings)[first].score - of(ratings)[second].score


@pytest.mark.parametrize(("wins", "losses"), [(30, 10), (10, 30), (7, 7), (20, 0), (0, 3)])
def test_two_models_are_the_log_odds_apart(table, wins, losses):
    table.played(wins, losses)
    expected = 400 * np.log10((wins + 0.5) / (losses + 0.5))
    assert apart(bradley_terry(table.pairs, table.votes)) == pytest.approx(expected)


def test_without_halves_it_is_the_likelihoods_maximum():
    theta = strengths(np.array([[[0.0, 30.0], [10.0, 0.0]]]))[0]
    assert theta[0] - theta[1] == pytest.approx(np.log(3))


def test_by_hand_with_ties(table):
    """6 wins, 2 losses and 4 ties are 8 points against 4."""
    table.played(6, 2, 4)
    assert apart(bradley_terry(table.pairs, table.votes)) == pytest.approx(400 * np.log10(8.5 / 4.5))


def test_the_gradient_is_zero_where_it_ends():
    wins = np.random.default_rng(0).integers(1, 20, (5, 6, 6)) * (1 - np.eye(6))
    theta = strengths(wins)
    share = 1 / (1 + np.exp(theta[:, None, :] - theta[:, :, None]))
    slope = (wins - (wins + wins.transpose(0, 2, 1)) * share).sum(2)
    assert np.abs(slope).max() < 1e-6 and np.abs(theta.mean(1)).max() < 1e-12


def test_as_logistic_regression_has_it():
    linear = pytest.importorskip("sklearn.linear_model")
    wins = np.random.default_rng(1).integers(1, 30, (4, 4)) * (1 - np.eye(4))
    games = [(i, j, won) for i in range(4) for j in range(4) if i < j for won in (0, 1)]
    rows = np.array([np.eye(4)[i] - np.eye(4)[j] for i, j, _ in games])
    weights = np.array([wins[i, j] if won else wins[j, i] for i, j, won in games])
    fitted = linear.LogisticRegression(C=1e9, fit_intercept=False, tol=1e-10, max_iter=10_000).fit(
        rows, [won for *_, won in games], weights
    )
    theirs = fitted.coef_[0] - fitted.coef_[0].mean()
    assert strengths(wins[None].astype(float))[0] == pytest.approx(theirs, abs=1e-4)


def test_the_interval_of_two_is_jeffreys(table):
    """With a vote a prompt the weights of wins and of losses are Gamma, so the win share is Beta."""
    table.played(12, 5)
    found = of(bradley_terry(table.pairs, table.votes, samples=40_000))["x"]
    low, high = beta.ppf([0.025, 0.975], 12.5, 5.5)
    ends = [1000 + SCALE * np.log(p / (1 - p)) / 2 for p in (low, high)]
    assert (found.low, found.high) == pytest.approx(ends, abs=4)


def test_who_never_lost_has_a_finite_score_and_a_wide_interval(table):
    table.played(20, 0)
    found = of(bradley_terry(table.pairs, table.votes))
    assert found["x"].score == pytest.approx(1000 + 200 * np.log10(41), abs=1e-6)
    assert 1000 < found["x"].low < found["x"].score < found["x"].high < 3000


def test_the_mean_is_a_thousand_and_the_best_comes_first(table):
    table.played(9, 1, models=("x", "y"))
    table.played(9, 1, models=("y", "z"))
    found = bradley_terry(table.pairs, table.votes)
    assert [one.model for one in found] == ["x", "y", "z"]
    assert sum(one.score for one in found) / 3 == pytest.approx(1000)
    assert [one.games for one in found] == [10, 20, 10]


def test_sides_do_not_matter(table):
    for _ in range(5):
        table.vote(table.pair(models=("x", "y")), "a")
        table.vote(table.pair(models=("y", "x")), "b")
    table.vote(table.pair(models=("y", "x")), "a")
    assert apart(bradley_terry(table.pairs, table.votes)) == pytest.approx(400 * np.log10(10.5 / 1.5))


def test_groups_that_never_met_are_still_finite(table):
    table.played(5, 1, models=("x", "y"))
    table.played(5, 1, models=("v", "w"))
    found = of(bradley_terry(table.pairs, table.votes))
    assert all(np.isfinite([one.score, one.low, one.high]).all() for one in found.values())
    assert found["x"].score == pytest.approx(found["v"].score)


def test_known_strengths_are_found_again(table):
    rng, true = random.Random(0), {"v": 1.2, "w": 0.4, "x": -0.3, "y": -1.3}
    names = list(true)
    for _ in range(4000):
        one, other = rng.sample(names, 2)
        won = rng.random() < 1 / (1 + np.exp(true[other] - true[one]))
        table.vote(table.pair(models=(one, other)), "a" if won else "b")
    for found in bradley_terry(table.pairs, table.votes, samples=300):
        expected = 1000 + SCALE * true[found.model]
        assert found.low < expected < found.high and found.high - found.low < 80


def test_votes_on_one_prompt_share_their_fate(table):
    """Ten votes on each of six prompts say less than votes on sixty prompts."""
    for n in range(6):
        table.played(*((10, 0) if n < 4 else (0, 10)), prompt=f"prompt {n}")
    few = of(bradley_terry(table.pairs, table.votes))["x"]
    spread = type(table)()
    spread.played(40, 20)
    many = of(bradley_terry(spread.pairs, spread.votes))["x"]
    assert few.score == pytest.approx(many.score)
    assert few.high - few.low > 2 * (many.high - many.low)


def test_one_prompt_has_no_interval(table):
    table.played(3, 1, prompt="the same")
    found = bradley_terry(table.pairs, table.votes)
    assert all(one.low is None and one.high is None for one in found)


def test_what_is_no_game(table):
    table.played(3, 1, models=("x", "x"))
    table.played(3, 1, models=("", "x"))
    table.vote(table.pair(), "skip")
    table.vote("unknown", "a")
    assert bradley_terry(table.pairs, table.votes) == () == elo(table.pairs, table.votes)


def test_of_very_many_models_those_that_played_most_are_rated(table):
    for n in range(60):
        table.played(wins=2 + (n < 20), losses=1, models=(f"m{n:02}", "base"))
    found = bradley_terry(table.pairs, table.votes, samples=50)
    assert len(found) == 32 and {f"m{n:02}" for n in range(20)} < set(of(found))


def test_the_same_votes_have_the_same_interval(table):
    table.played(6, 3, 2)
    assert bradley_terry(table.pairs, table.votes) == bradley_terry(table.pairs, table.votes)


def test_elo_of_one_game_by_hand(table):
    table.played(1, 0)
    found = of(elo(table.pairs, table.votes, samples=10, k=16))
    assert (found["x"].score, found["y"].score) == (1008, 992)  # half of 16 each way


def test_elo_and_bradley_terry_agree_on_many_games(table):
    table.played(300, 100)
    found = elo(table.pairs, table.votes, samples=300)
    assert apart(found) == pytest.approx(400 * np.log10(3), abs=25)
    best = found[0]
    assert best.model == "x" and best.low < best.score < best.high
    assert sum(one.score for one in found) / 2 == pytest.approx(1000, abs=1)


def test_two_thousand_votes_of_five_models(table):
    rng = random.Random(2)
    for _ in range(2000):
        table.vote(table.pair(models=tuple(rng.sample("vwxyz", 2))), rng.choice(["a", "b", "tie"]))
    for found in (bradley_terry(table.pairs, table.votes), elo(table.pairs, table.votes)):
        assert len(found) == 5 and all(one.low < 1000 < one.high for one in found[1:-1])
