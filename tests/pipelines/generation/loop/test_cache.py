"""The growing cache against the library's own, in the same model."""

import pytest
import torch
from transformers import Qwen3NextConfig

from pipelines.generation.loop.batch import Batch
from pipelines.generation.loop.cache import GrowingLayer, croppable_cache, growing_cache
from tests.support.loops import PROMPT
from tests.support.tiny_models import tiny

FAMILIES = ["gpt2", "llama", "qwen3", "mistral", "gemma2", "gemma3", "gpt_neox", "opt", "bloom", "falcon"]


def states(length, rows=2, seed=0):
    made = torch.Generator().manual_seed(seed)
    return [torch.randn(rows, 3, length, 4, generator=made) for _ in range(2)]


def test_what_is_put_in_comes_out_joined():
    layer, parts = GrowingLayer(), [states(n, seed=n) for n in (5, 1, 1, 90, 1, 200)]
    for at, part in enumerate(parts):
        keys, values = layer.update(*part)
        for found, which in ((keys, 0), (values, 1)):
            assert torch.equal(found, torch.cat([one[which] for one in parts[: at + 1]], 2))
    assert layer.get_seq_length() == sum(one[0].shape[2] for one in parts)


def test_rows_are_chosen_again_and_grow_on():
    layer = GrowingLayer()
    keys, _ = layer.update(*states(6, rows=3))
    layer.batch_select_indices(torch.tensor([2, 2, 0, 1]))
    more = states(1, rows=4, seed=9)
    found, _ = layer.update(*more)
    assert torch.equal(found, torch.cat([keys[[2, 2, 0, 1]], more[0]], 2))


@pytest.mark.parametrize("rows", [[0, 1, 2, 3], [2, 2, 2, 2], [3, 0, 1, 2], [0, 0, 3, 1]])
def test_as_many_rows_are_chosen_in_place(rows):
    layer, (keys, values) = GrowingLayer(), states(6, rows=4)
    layer.update(keys, values)
    before = layer.keys.data_ptr()
    layer.batch_select_indices(torch.tensor(rows))
    assert torch.equal(layer.keys, keys[rows]) and torch.equal(layer.values, values[rows])
    more = states(1, rows=4, seed=9)
    assert torch.equal(layer.update(*more)[1], torch.cat([values[rows], more[1]], 2))
    assert layer.keys.data_ptr() == before


def test_most_tokens_copy_nothing_but_themselves():
    layer = GrowingLayer()
    layer.update(*states(5))
    before = layer.keys.data_ptr()
    for _ in range(20):
        layer.update(*states(1))
    assert layer.keys.data_ptr() == before


def test_the_newest_tokens_can_be_taken_back_and_others_put_in_their_place():
    layer, (first, other) = GrowingLayer(), (states(9, seed=1), states(4, seed=2))
    layer.update(*first)
    layer.crop(0)
    layer.crop(-3)
    assert layer.get_seq_length() == 6
    for found, old, new in zip(layer.update(*other), first, other, strict=True):
        assert torch.equal(found, torch.cat([old[:, :, :6], new], 2))
    layer.crop(-10)
    assert layer.get_seq_length() == 0
    assert torch.equal(layer.update(*other)[0], other[0])


def test_what_a_recurrent_state_has_read_cannot_be_taken_back():
    assert croppable_cache(tiny("gemma3").model.config) is not None
    assert croppable_cache(Qwen3NextConfig(num_hidden_layers=4)) is None


def test_only_plain_layers_are_replaced():
    kinds = [type(layer).__name__ for layer in growing_cache(tiny("gemma3").model.config).layers]
    assert kinds == ["DynamicSlidingWindowLayer", "GrowingLayer"]


@pytest.mark.parametrize("family", [*FAMILIES, "mamba"])
def test_a_batch_says_what_whole_forwards_say(family):
    """Rows that split, change places and end, against a forward of each text by itself."""
    model = tiny(family).model
    batch, rows = Batch(model), [list(PROMPT)]
    (said, _) = finished(batch.prefill(PROMPT))
    close(said, rows, model)
    for parents, tokens in [
        ([0, 0, 0], [3, 9, 7]),
        ([2, 0], [5, 5]),
        ([1, 1, 0, 1], [1, 2, 3, 4]),
        ([3], [8]),
    ]:
        said = batch.feed(parents, tokens)
        rows = [[*rows[parent], token] for parent, token in zip(parents, tokens, strict=True)]
        close(said, rows, model)


def test_a_long_prompt_goes_in_by_parts(monkeypatch):
    monkeypatch.setattr("pipelines.generation.loop.batch.PREFILL_TOKENS", 3)
    model = tiny("llama").model
    batch = Batch(model, states=True)
    steps = batch.prefill(PROMPT)
    assert next(steps) is None and next(steps) is None
    said, hidden = finished(steps)
    close(said, [list(PROMPT)], model)
    with torch.inference_mode():
        out = model(torch.tensor([PROMPT]), output_hidden_states=True)
    torch.testing.assert_close(hidden, out.hidden_states[-1][0])
    torch.testing.assert_close(said.hidden, out.hidden_states[-1][:, -1])
    for found, wanted in zip(said.layers, out.hidden_states, strict=True):
        torch.testing.assert_close(found, wanted[:, -1])


def finished(steps):
    """What a generator returns."""
    while True:
        try:
            next(steps)
        except StopIteration as stop:
            return stop.value


def close(said, rows, model):
    with torch.inference_mode():
        for found, ids in zip(said.logits, rows, strict=True):
            torch.testing.assert_close(found, model(torch.tensor([ids])).logits[0, -1], atol=2e-5, rtol=1e-5)
