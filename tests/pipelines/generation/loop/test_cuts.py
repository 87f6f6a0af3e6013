"""Each cut alone against the published definitions, in plain NumPy on the sorted distribution."""

import numpy as np
import pytest
import torch

from pipelines.generation.loop.cuts import CUTTING, USUAL, curve_of
from pipelines.generation.loop.shaping import Raw, stages_of
from pipelines.generation.strategy import strategy
from pipelines.generation.strategy_names import WARPERS

NONE = torch.zeros(1, 0, dtype=torch.long)


def logits(seed, size=300, width=2.5):
    return width * torch.randn(1, size, generator=torch.Generator().manual_seed(seed))


def curve(scores, name="sample", **parameters):
    asked = strategy(name, parameters)
    return curve_of(asked, stages_of(asked, Raw(scores), NONE, 0))


def cut(found, setting):
    return next(one for one in found.cuts if one.setting == setting)


def falling(scores):
    return np.sort(scores.double().softmax(-1).numpy()[0])[::-1]


def entropy(probs):
    return -(probs * np.log(probs)).sum()


@pytest.mark.parametrize("seed", range(6))
def test_the_curve_is_the_sorted_distribution_with_both_ends(seed):
    scores = logits(seed, size=5000)
    found, probs = curve(scores), falling(scores)
    assert found.base == "raw" and found.ranks[0] == 1 and found.ranks[-1] == 5000
    assert len(found.ranks) < 100 and (np.diff(found.ranks) > 0).all()
    assert np.allclose(found.probs, probs[found.ranks - 1], rtol=1e-4)


@pytest.mark.parametrize("seed", range(6))
def test_each_cut_keeps_what_its_definition_says(seed):
    scores = logits(seed)
    found, probs = curve(scores), falling(scores)
    nats, before = entropy(probs), np.cumsum(probs) - probs
    expected = {
        "top_k": 40,
        "top_p": int((before < 0.9).sum()),
        "min_p": int((probs >= 0.1 * probs[0]).sum()),
        "epsilon_cutoff": int((probs >= 0.002).sum()),
        "eta_cutoff": int((probs >= min(0.002, np.sqrt(0.002) * np.exp(-nats))).sum()),
    }
    for setting, count in expected.items():
        one = cut(found, setting)
        assert (one.first, one.last, one.kept) == (1, count, count), setting
        assert one.mass == pytest.approx(probs[:count].sum(), abs=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_typical_keeps_a_band_of_ranks_around_the_entropy(seed):
    scores = logits(seed, width=1.0)
    probs = falling(scores)
    far = np.abs(-np.log(probs) - entropy(probs))
    order = np.argsort(far, kind="stable")
    taken = order[: int((np.cumsum(probs[order]) < 0.3).sum()) + 1]
    one = cut(curve(scores, "typical", typical_p=0.3), "typical_p")
    assert (one.first, one.last, one.kept) == (taken.min() + 1, taken.max() + 1, len(taken))
    assert one.on and one.first > 1


def test_what_is_off_stands_there_with_its_usual_value():
    found = curve(logits(1), "top_k", top_k=7, min_p=0.2)
    assert (
        [one.setting for one in found.cuts]
        == list(CUTTING)
        == [one for one in WARPERS if one in USUAL and one != "temperature"]
    )
    assert {one.setting for one in found.cuts if one.on} == {"top_k", "min_p"}
    assert cut(found, "top_k").kept == 7 and cut(found, "min_p").value == 0.2
    assert all(one.value == USUAL[one.setting] for one in found.cuts if not one.on)


def test_the_cuts_stand_on_what_comes_before_the_first_of_them():
    scores = logits(2)
    warm = curve(scores, "sample", temperature=2.0, top_p=0.8, top_k=20)
    assert warm.base == "temperature"
    assert np.allclose(warm.probs, falling(scores / 2)[warm.ranks - 1], rtol=1e-4)
    assert curve(scores, "sample", temperature=2.0).base == "temperature"
    assert curve(scores, "greedy", frequency_penalty=0.5).base == "frequency_presence_penalty"


def test_tokens_that_a_constraint_has_cut_are_no_part_of_it():
    scores, allowed = logits(3), torch.zeros(1, 300, dtype=torch.bool)
    allowed[0, [4, 50, 120]] = True
    asked = strategy("constrained", {"do_sample": True, "top_p": 0.9})
    found = curve_of(asked, stages_of(asked, Raw(scores, allowed=allowed), NONE, 0))
    assert found.base == "constraint" and found.ranks.tolist() == [1, 2, 3]
    assert sum(found.probs) == pytest.approx(1, abs=1e-5)


def test_one_token_alone_is_kept_by_all():
    scores = torch.full((1, 50), float("-inf"))
    scores[0, 9] = 1.0
    found = curve(scores)
    assert found.ranks.tolist() == [1] and found.probs.tolist() == [1.0]
    assert all((one.first, one.last, one.kept, one.mass) == (1, 1, 1, 1.0) for one in found.cuts)


def test_a_strategy_that_does_not_draw_has_no_cut_on():
    assert not any(one.on for one in curve(logits(4), "greedy").cuts)
