"""Noise by its place, and that the largest of score and noise is an exact draw."""

import torch
from scipy import stats

from pipelines.generation.loop.noise import Noise

_CPU = torch.device("cpu")


def noise(seed=0, shared=True, size=50, start=0):
    return Noise(seed, shared, size, _CPU, start)


def test_the_same_place_has_the_same_noise_in_any_order():
    one, other = noise(), noise()
    places = [("a", 0, 3), ("b", 1, 0), ("a", 0, 0)]
    found = [one.gumbel(*place) for place in places]
    for place, wanted in reversed(list(zip(places, found, strict=True))):
        other.uniform("a", 0, 9)
        assert torch.equal(other.gumbel(*place), wanted)


def test_seed_sample_and_position_change_it():
    wanted = noise().gumbel("a", 0, 0)
    others = [noise(1).gumbel("a", 0, 0), noise().gumbel("a", 1, 0), noise().gumbel("a", 0, 1)]
    assert not any(torch.equal(wanted, other) for other in others)


def test_strategies_share_it_or_have_their_own():
    assert torch.equal(noise().gumbel("a", 0, 0), noise().gumbel("b", 0, 0))
    own = noise(shared=False)
    assert not torch.equal(own.gumbel("a", 0, 0), own.gumbel("b", 0, 0))
    assert torch.equal(own.gumbel("a", 0, 0), noise(shared=False).gumbel("a", 0, 0))


def test_a_branch_goes_on_with_the_noise_of_its_place():
    assert torch.equal(noise(start=4).gumbel("a", 0, 2), noise().gumbel("a", 0, 6))
    assert noise(start=4).uniform("a", 0, 2) == noise().uniform("a", 0, 6)


def test_it_is_remembered_for_a_step_and_forgotten_after(monkeypatch):
    made = noise()
    first = made.gumbel("a", 0, 0)
    assert made.gumbel("a", 0, 0) is first
    for sample in range(200):
        made.gumbel("a", sample, 1)
    assert made.gumbel("a", 0, 0) is not first and torch.equal(made.gumbel("a", 0, 0), first)


def test_the_largest_of_score_and_noise_is_a_draw_from_the_softmax():
    scores = torch.tensor([2.0, 1.0, 0.0, -1.0, float("-inf"), 0.5])
    made = noise(size=6)
    drawn = torch.stack([scores + made.gumbel("a", 0, at) for at in range(6000)]).argmax(-1)
    counts, wanted = torch.bincount(drawn, minlength=6).numpy(), scores.double().softmax(-1).numpy()
    assert counts[4] == 0
    kept = wanted > 0
    assert stats.chisquare(counts[kept], 6000 * wanted[kept] / wanted[kept].sum()).pvalue > 1e-4


def test_uniform_numbers_are_uniform_and_apart_from_the_noise():
    made = noise(size=1)
    drawn = [made.uniform("a", 0, at) for at in range(2000)]
    gumbels = [float(made.gumbel("a", 0, at)) for at in range(2000)]
    assert stats.kstest(drawn, "uniform").pvalue > 1e-4
    assert abs(stats.pearsonr(drawn, gumbels).statistic) < 0.08
