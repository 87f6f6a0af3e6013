"""Measures of even attention: those that the capture itself would take of even weights."""

import numpy as np
import pytest
import torch

from pipelines.attention.answers import MEASURES
from pipelines.attention.even import even, even_measures, repeats
from pipelines.attention.looking import trace
from pipelines.attention.reduce import Reducer
from pipelines.attention.requests import Subject
from tests.support.steps import finish
from tests.support.tiny_models import tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna. Anna found a cat."


def by_capture(queries, keys, seen, same):
    """The measures of weights that are even over what is ``seen`` [query, key]."""
    reducer = Reducer(1, torch.as_tensor(queries), torch.as_tensor(keys), same)
    weights = torch.as_tensor(seen).float()
    reducer.add(slice(0, len(queries)), (weights / weights.sum(-1, keepdim=True))[None])
    return reducer.measures()[0]


@pytest.mark.parametrize("family", ["gpt2", "mistral", "gemma3", "bert", "modernbert", "t5"])
def test_even_attention_is_measured_as_the_capture_measures_it(family):
    found = finish(trace(tiny(family), Subject(family, TEXT, new_tokens=0)))
    for part in found.captured.parts:
        ours = even(part)
        for layer in range(part.layers):
            call = found.calls[part.name, layer]
            weights = found.weights(part.name, layer, 0)
            mask = torch.tensor(True) if call.mask is None else call.mask[0, 0]
            seen = mask.expand(weights.shape)
            wanted = by_capture(part.queries.ids, part.keys.ids, seen, part.name != "cross")
            assert np.allclose(ours[layer], wanted, atol=1e-4, equal_nan=True), (part.name, layer)


def test_a_long_text_is_measured_in_blocks_of_rows():
    ids = np.random.default_rng(0).integers(0, 90, 700)
    seen = np.tril(np.ones((700, 700), bool))
    assert np.allclose(even_measures(ids, ids, causal=True), by_capture(ids, ids, seen, True), rtol=1e-4)


def test_a_single_token_has_only_entropy_and_distance():
    found = even_measures(np.array([3]), np.array([3]), causal=True)
    assert dict(zip(MEASURES, np.isnan(found), strict=True)) == {
        name: name not in ("entropy", "distance") for name in MEASURES
    }


def test_repeats_are_the_queries_that_have_an_earlier_same_token():
    part = finish(trace(tiny("gpt2"), Subject("gpt2", "a cat a cat a cat"))).captured.parts[0]
    ids = part.queries.ids.tolist()
    assert repeats(part) == sum(one in ids[:place] for place, one in enumerate(ids)) > 0
