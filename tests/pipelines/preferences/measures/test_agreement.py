"""Agreement, against published worked examples, scikit-learn, and cases worked out by hand."""

import math
import random
from dataclasses import fields

import numpy as np
import pytest

from pipelines.preferences.measures.agreement import CHOICES, agreement, alpha, cohen_kappa, fleiss_kappa
from pipelines.preferences.records import Choice

_ = None
# Krippendorff (2011), "Computing Krippendorff's alpha-reliability", section C: 4 observers, 12 units.
OBSERVERS = (
    (1, 2, 3, 3, 2, 1, 4, 1, 2, _, _, _),
    (1, 2, 3, 3, 2, 2, 4, 1, 2, 5, _, 3),
    (_, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, _),
    (1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, _),
)
# Fleiss (1971), table 1: 30 patients, 6 psychiatrists, 5 diagnoses.
DIAGNOSES = [
    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006",
    "10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203",
    "00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006",
]  # fmt: skip


def counted(rows, codes):
    return np.array([[list(row).count(code) for code in codes] for row in rows], float)


def test_krippendorffs_own_example():
    counts = counted(zip(*OBSERVERS, strict=True), range(1, 6))
    assert alpha(counts[counts.sum(1) >= 2]) == pytest.approx(0.743, abs=5e-4)


def test_krippendorffs_first_example():
    """Section A of the same: two observers, ten units, two values."""
    counts = counted(zip((0, 1, 0, 0, 0, 0, 0, 0, 1, 0), (1, 1, 1, 0, 0, 1, 0, 0, 0, 0), strict=True), (0, 1))
    assert alpha(counts) == pytest.approx(0.095, abs=5e-4)


def test_fleiss_own_example():
    counts = np.array([[int(count) for count in row] for row in DIAGNOSES])
    assert fleiss_kappa(counts) == pytest.approx(0.430, abs=5e-4)


def test_a_second_example_of_fleiss():
    """Wikipedia's worked example: 10 subjects, 14 raters, κ = 0.210."""
    counts = np.array([
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ])  # fmt: skip
    assert fleiss_kappa(counts) == pytest.approx(0.210, abs=5e-4)


def test_cohens_kappa_by_hand():
    """Both a on 20 pairs, both b on 15, apart on 5 and 10: (0.7 - 0.5) / (1 - 0.5)."""
    codes = np.array([[0, 0]] * 20 + [[0, 1]] * 5 + [[1, 0]] * 10 + [[1, 1]] * 15)
    assert cohen_kappa(codes) == pytest.approx(0.4)


@pytest.mark.parametrize("seed", range(5))
def test_cohens_kappa_as_scikit_learn_has_it(seed):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 4, 200)
    second = np.where(rng.random(200) < 0.4, first, rng.integers(0, 4, 200))
    assert cohen_kappa(np.stack([first, second], 1)) == pytest.approx(
        metrics.cohen_kappa_score(first, second)
    )


def test_cohens_kappa_of_three_is_the_mean_by_overlap(table):
    rng = random.Random(3)
    said = {(p, who): rng.choice("ab") for p in range(30) for who in "xyz" if who != "z" or p < 10}
    for p in range(30):
        pair = table.pair(f"q{p}")
        for who in "xyz":
            if (p, who) in said:
                table.vote(pair, said[p, who], who=who)
    weights, kappas = [], []
    for one, other in ("xy", "xz", "yz"):
        shared = [p for p in range(30) if (p, one) in said and (p, other) in said]
        codes = np.array([["ab".index(said[p, who]) for who in (one, other)] for p in shared])
        kappas.append(cohen_kappa(codes))
        weights.append(len(shared))
    assert weights == [30, 10, 10]
    assert agreement(table.pairs, table.votes).cohen == pytest.approx(np.average(kappas, weights=weights))


def test_all_alike_over_two_choices_is_one(table):
    for choice in ("a", "b", "tie"):
        pair = table.pair()
        for who in ("x", "y", "z"):
            table.vote(pair, choice, who=who)
    found = agreement(table.pairs, table.votes)
    assert found.cohen == found.fleiss == found.krippendorff == pytest.approx(1)
    assert found.observed == 1 and found.low is None  # nothing to draw an interval from


def test_one_choice_alone_is_undefined_and_says_why(table):
    for _n in range(5):
        pair = table.pair()
        for who in ("x", "y"):
            table.vote(pair, "a", who=who)
    found = agreement(table.pairs, table.votes)
    assert (found.cohen, found.fleiss, found.krippendorff) == (None, None, None)
    assert "same choice" in found.reasons["krippendorff"] and found.observed == 1


@pytest.mark.parametrize("votes", [(), (("x", "a"),), (("x", "skip"), ("y", "a"))])
def test_nobody_shares_a_pair(table, votes):
    pair = table.pair()
    for who, choice in votes:
        table.vote(pair, choice, who=who)
    found = agreement(table.pairs, table.votes)
    assert found.judged_by_several == 0 and found.krippendorff is None
    assert "No two annotators" in found.reasons["cohen"]


def test_fleiss_takes_the_commonest_number_of_votes(table):
    for n, (who, choices) in enumerate(
        (("xy", "ab"), ("xy", "aa"), ("xy", "bb"), ("xyz", "aaa"), ("x", "b"))
    ):
        pair = table.pair(f"q{n}")
        for one, choice in zip(who, choices, strict=True):
            table.vote(pair, choice, who=one)
    found = agreement(table.pairs, table.votes)
    assert (found.fleiss_votes, found.fleiss_pairs, found.judged_by_several) == (2, 3, 4)
    assert found.fleiss == pytest.approx(fleiss_kappa(np.array([[1, 1], [2, 0], [0, 2]])))


def test_repeats_do_not_count(table):
    first = table.pair()
    again = table.pair(repeats=first)
    table.vote(first, "a", who="x")
    table.vote(again, "b", who="y")
    assert agreement(table.pairs, table.votes).judged_by_several == 0


def test_the_matrix_is_the_share_of_common_pairs(table):
    for n, (x, y) in enumerate((("a", "a"), ("b", "a"), ("tie", "tie"), ("a", "skip"))):
        pair = table.pair(f"q{n}")
        table.vote(pair, x, who="x")
        table.vote(pair, y, who="y")
    table.vote(table.pair("alone"), "a", who="z")
    found = agreement(table.pairs, table.votes)
    assert found.annotators == ("x", "y", "z")
    third = pytest.approx(2 / 3)
    assert found.matrix == ((1, third, None), (third, 1, None), (None, None, 1))


@pytest.mark.parametrize("seed", range(20))
def test_never_nan_and_inside_its_interval(table, seed):
    rng = random.Random(seed)
    choices = rng.sample(list(Choice), rng.randint(1, 5))
    for _n in range(rng.randint(1, 40)):
        pair = table.pair()
        for who in range(rng.randint(0, 4)):
            table.vote(pair, rng.choice(choices), who=str(who))
    found = agreement(table.pairs, table.votes)
    numbers = [getattr(found, one.name) for one in fields(found)]
    assert not any(isinstance(n, float) and not math.isfinite(n) for n in numbers)
    missing = {name for name in ("cohen", "fleiss", "krippendorff") if getattr(found, name) is None}
    assert missing == set(found.reasons)
    if found.low is not None:
        assert found.low <= found.high <= 1


def test_more_pairs_narrow_the_interval(table):
    rng, widths = random.Random(0), []
    for _n in range(400):
        pair, choice = table.pair(), rng.choice("ab")
        for who in "xyz":
            table.vote(pair, choice if rng.random() < 0.7 else rng.choice("ab"), who=who)
        if len(table.pairs) in (50, 400):
            found = agreement(table.pairs, table.votes)
            assert found.low < found.krippendorff < found.high
            widths.append(found.high - found.low)
    assert widths[1] < 0.5 * widths[0]


def test_very_many_annotators_are_counted_and_not_all_shown(table):
    for n in range(300):
        pair = table.pair(f"q{n}")
        for who in (f"once {n}", "x", "y"):
            table.vote(pair, "ab"[n % 2], who=who)
    found = agreement(table.pairs, table.votes)
    assert len(found.annotators) == len(found.matrix) == 200 and {"x", "y"} <= set(found.annotators)
    assert found.fleiss_pairs == 300 and found.fleiss_votes == 3


def test_the_codes_are_of_all_choices_but_the_skip():
    assert set(CHOICES) == set(Choice) - {Choice.SKIP}
