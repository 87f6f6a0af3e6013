import math

import numpy as np
import pytest
import torch

from pipelines.generation.loop.contrast import contrast


def logs(*rows: list[float]) -> torch.Tensor:
    return torch.tensor(rows, dtype=torch.float64).log()


@pytest.mark.parametrize("plausibility", [0.0, 0.01, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_definition_in_plain_numbers(seed, plausibility):
    drawn = np.random.default_rng(seed)
    p, q = drawn.dirichlet(np.full(30, 0.3), 5), drawn.dirichlet(np.full(30, 0.3), 5)
    found = contrast(torch.tensor(p).log(), torch.tensor(q).log(), plausibility).numpy()
    for row in range(5):
        for token in range(30):
            kept = math.log(p[row, token]) >= math.log(max(p[row])) + math.log(plausibility or 1e-300)
            expected = math.log(p[row, token]) - math.log(q[row, token]) if kept else -math.inf
            assert found[row, token] == pytest.approx(expected, rel=1e-9)


def test_plausibility_1_leaves_the_likeliest_and_those_that_are_as_likely():
    found = contrast(logs([0.2, 0.5, 0.3], [0.4, 0.2, 0.4]), logs([0.3, 0.3, 0.4], [0.1, 0.1, 0.8]), 1.0)
    assert (found > -math.inf).tolist() == [[False, True, False], [True, False, True]]


def test_a_token_that_the_other_does_not_know_is_cut_even_if_it_is_the_likeliest():
    found = contrast(logs([0.8, 0.15, 0.05]), logs([0.0, 0.5, 0.5]), 0.2)
    expected = [-math.inf, math.log(0.15 / 0.5), math.log(0.05 / 0.5)]  # 0.05 ≥ 0.2 · 0.15
    assert found[0].tolist() == pytest.approx(expected)


def test_a_token_that_cannot_come_is_cut_whatever_the_plausibility():
    found = contrast(logs([0.0, 1.0]), logs([0.5, 0.5]), 0.0)
    assert found[0].tolist() == pytest.approx([-math.inf, math.log(2)])
