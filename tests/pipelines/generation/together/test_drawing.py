"""Tokens by lot; whole texts are held against others in the tests of who writes them."""

import torch

from pipelines.generation.together.drawing import by_lot, nucleus


def test_draws_are_by_probability_and_within_the_nucleus():
    probs = torch.tensor([0.5, 0.0, 0.3, 0.2])
    lots = torch.arange(1, 1001)[:, None] / 1000
    found = by_lot(probs.expand(1000, 4), lots).bincount(minlength=4) / 1000
    assert torch.allclose(found, probs, atol=0.002) and found[1] == 0
    kept = nucleus(probs.expand(4, 4), torch.tensor([[0.0], [0.5], [0.51], [0.9]])) > 0
    assert kept.tolist() == [
        [True, False, False, False],
        [True, False, False, False],
        [True, False, True, False],
        [True, False, True, True],
    ]
