"""The gallery shows what it promises, on the house's own model."""

from functools import cache

import numpy as np
import pytest
import torch

from app.decoding.asking import strategies_of
from app.decoding.presets import FAILURES, as_json
from pipelines.core.settings import REPOSITORY
from pipelines.generation.comparing import Decoded, DecodeRequest
from pipelines.models.loader import load_model
from pipelines.runtime.operations import INFERENCE
from tests.support.answering import answering

pytestmark = pytest.mark.slow
HOUSE, FOLDER = "house/story-base", REPOSITORY / "assets" / "models" / "story-base"


@cache
def model(name: str):
    return load_model(name, FOLDER, torch.device("cpu"))


@cache
def shown(key: str) -> Decoded:
    one = FAILURES[key]
    strategies = strategies_of(as_json(one.choices))
    asked = DecodeRequest(HOUSE, one.prompt, strategies, one.max_new_tokens, one.seed)
    return answering(INFERENCE, model)(None, None, asked)


def measures(key: str) -> list:
    return [one.measures for one in shown(key).outcomes]


def test_greedy_loops_and_the_others_do_not():
    greedy, *others = (one.repetition for one in measures("loops"))
    assert greedy > 0.8 and max(others) < 0.4


def test_beams_are_likelier_and_surprise_less_than_what_is_drawn():
    greedy, beam, wide, _, sampled = (one.perplexity for one in measures("bland"))
    assert wide <= beam < greedy < sampled
    spread = [np.std(one.log_probs) for one in shown("bland").outcomes]
    assert max(spread[1:3]) < min(spread[3:])


def test_the_hotter_the_less_likely():
    found = [one.perplexity for one in measures("drift")]
    assert found == sorted(found) and found[-1] > 100 * found[0]


def test_top_k_cuts_flat_steps_and_keeps_too_much_of_peaked_ones():
    """Of the steps of what was drawn from the whole distribution, by its entropy: e^entropy is how many
    tokens it is spread over."""
    entropies = np.concatenate([one.entropies for one in shown("flat_and_peaked").outcomes])
    assert np.exp(entropies.max()) > 50 and np.exp(entropies.min()) < 1.1
    few, many, narrow, wide, _ = (one.perplexity for one in measures("flat_and_peaked"))
    assert few < many and narrow < wide
