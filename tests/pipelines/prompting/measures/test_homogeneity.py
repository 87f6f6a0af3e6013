"""The tests of several shares, against SciPy, and by simulation."""

import numpy as np
import pytest
from scipy.stats import chi2, chi2_contingency, fisher_exact

from pipelines.prompting.measures.homogeneity import NOTHING, chi_square, cochran, permuted_columns


def test_chi_square_is_scipy_s():
    rng = np.random.default_rng(0)
    for _ in range(50):
        counts = rng.integers(40, 90, rng.integers(2, 6))
        hits = rng.binomial(counts, 0.4)
        theirs = chi2_contingency(np.array([hits, counts - hits]), correction=False)
        ours = chi_square(hits, counts)
        assert ours.method == "chi-square"
        assert (ours.statistic, ours.p_value) == pytest.approx((theirs.statistic, theirs.pvalue))


@pytest.mark.parametrize("hits", [(0, 4), (1, 3), (2, 2), (5, 1)])
def test_small_counts_are_tested_by_their_own_distribution(hits):
    """Of two groups of one size chi-square and probability order tables alike: Fisher's test."""
    table = [hits, (6 - hits[0], 6 - hits[1])]
    ours = chi_square(hits, (6, 6))
    assert ours.method == "chi-square, drawn"
    assert ours.p_value == pytest.approx(fisher_exact(table).pvalue, abs=0.02)


def test_the_test_of_small_counts_holds_its_level():
    rng = np.random.default_rng(1)
    found = [chi_square(rng.binomial(8, 0.2, 4), [8] * 4).p_value for _ in range(60)]
    assert np.mean(np.array(found) < 0.05) < 0.15


def test_cochran_s_example():
    """Cochran's formula written out, on random tables."""
    rng = np.random.default_rng(2)
    for _ in range(30):
        table = rng.random((60, 4)) < rng.random((60, 1))
        columns, rows, width = table.sum(0), table.sum(1), 4
        above = width * (width - 1) * ((columns - columns.mean()) ** 2).sum()
        statistic = above / (rows * (width - rows)).sum()
        found = cochran(table)
        assert found.method == "Cochran's Q"
        assert (found.statistic, found.p_value) == pytest.approx((statistic, chi2.sf(statistic, 3)))


def test_small_tables_are_tested_by_dealing_rows_out_anew():
    """Of two conditions that is McNemar's exact test."""
    from pipelines.common.proportions import mcnemar

    table = np.array([[1, 0]] * 5 + [[0, 1]] + [[1, 1]] * 3)
    found = cochran(table)
    assert found.method == "Cochran's Q, drawn" and found.statistic == pytest.approx((5 - 1) ** 2 / 6)
    assert found.p_value == pytest.approx(mcnemar(5, 1), abs=0.02)


def test_dealing_out_keeps_the_rows():
    table = np.array([[1, 0, 0], [1, 1, 0], [1, 1, 1]])
    found = permuted_columns(table, 500)
    assert (
        found.shape == (500, 3)
        and (found.sum(1) == 6).all()
        and found.mean(0) == pytest.approx([2] * 3, abs=0.15)
    )


def test_where_nothing_differs_nothing_is_found():
    assert chi_square([5, 5], [5, 5]).p_value == chi_square([0, 0], [5, 9]).p_value == 1.0
    assert cochran(np.ones((9, 3))).p_value == 1.0 and cochran(np.ones((9, 3))).statistic == 0.0
    assert chi_square([3], [5]) is chi_square([], []) is cochran(np.zeros((0, 2))) is NOTHING
