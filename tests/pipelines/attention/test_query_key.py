"""One row of a head, taken apart: what is told must come to the weights again, and be the model's own."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import (
    AutoModelForCausalLM,
    Cohere2Config,
    GlmConfig,
    LlamaConfig,
    NanoChatConfig,
    Olmo2Config,
    Phi3Config,
    PhiConfig,
    SmolLM3Config,
)

from pipelines.attention.looking import trace
from pipelines.attention.query_key import query_key
from pipelines.attention.requests import QueryKeyRequest, Subject
from pipelines.core.errors import GlassworksError, SpecError
from tests.support import tiny_models
from tests.support.steps import finish
from tests.support.tiny_models import WATCHED, WHOLE, tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna."
TARGET = "The cat found a red kite."
_SMALL = {
    "vocab_size": tiny_models.VOCABULARY, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "num_key_value_heads": 2, "max_position_embeddings": tiny_models.CONTEXT,
}  # fmt: skip
TURNING = {  # further families, for the ways in which they turn
    "phi": (PhiConfig, {}),  # cuts off the dimensions that stay
    "phi3": (Phi3Config, {}),  # one projection for queries, keys and values
    "glm": (GlmConfig, {"head_dim": 8}),  # neighbours make a pair; half of the dimensions
    "olmo2": (Olmo2Config, {}),  # a norm over all heads
    "nanochat": (NanoChatConfig, {}),  # turns the other way round, and then a norm
    "smollm3": (SmolLM3Config, {"no_rope_layers": [1, 0]}),
    "cohere2": (
        Cohere2Config,
        {"layer_types": ["sliding_attention", "full_attention"], "sliding_window": 5},
    ),
    "yarn": (
        LlamaConfig,
        {
            "rope_parameters": {
                "rope_type": "yarn", "factor": 4.0, "rope_theta": 10_000.0,
                "original_max_position_embeddings": 32,
            }
        },
    ),
}  # fmt: skip
EVERY_LAYER = ("llama", "qwen3", "mistral", "gemma2", "gemma3", "gpt_neox", "gpt_oss", "modernbert")


@pytest.fixture(autouse=True)
def further_families(monkeypatch):
    for name, (config, values) in TURNING.items():
        monkeypatch.setitem(tiny_models.FAMILIES, name, (AutoModelForCausalLM, config, {**_SMALL, **values}))


def traced(family, text=TEXT):
    loaded = tiny(family)
    target = TARGET if loaded.kind == "seq2seq-lm" else ""
    return loaded, finish(trace(loaded, Subject(family, text, target)))


def asked(found, part="self", layer=0, head=0, query=3):
    return query_key(found, QueryKeyRequest(found.subject, part, layer, head, query))


@pytest.mark.parametrize("family", WATCHED)
def test_what_is_told_comes_to_the_weights(family):
    _, found = traced(family)
    for part in found.captured.parts:
        for layer in range(part.layers):
            head, query = (layer + 2) % part.heads, min(6, len(part.queries.ids) - 1)
            told = asked(found, part.name, layer, head, query)
            scores = told.keys @ told.query * told.scaling
            if told.softcap:
                scores = np.tanh(scores / told.softcap) * told.softcap
            assert np.allclose(told.scores, scores + told.bias, atol=1e-4)
            powers = np.where(told.allowed, np.exp(told.scores - told.scores.max()), 0)
            assert np.allclose(told.weights, powers / powers.sum() * (1 - told.sink), atol=1e-5)
            assert np.allclose(told.weights, found.weights(part.name, layer, head)[query], atol=1e-5)
            assert told.kv_head == head * part.kv_heads // part.heads
            assert told.window == part.windows[layer]


@pytest.mark.parametrize("family", ["gpt2", "llama", "bert"])
def test_queries_and_keys_are_those_of_the_projections(family):
    _, found = traced(family)
    told = asked(found, layer=1, head=3, query=5)
    wanted = {
        "gpt2": lambda block: block.attn.c_attn(block.ln_1(found.hidden["self"][1])).chunk(3, -1)[:2],
        "llama": lambda block: [
            project(block.input_layernorm(found.hidden["self"][1]))
            for project in (block.self_attn.q_proj, block.self_attn.k_proj)
        ],
        "bert": lambda block: [
            project(found.hidden["self"][1])
            for project in (block.attention.self.query, block.attention.self.key)
        ],
    }[family](found.anatomy.last.layers[1].module)
    queries, keys = (one.detach().numpy() for one in wanted)
    heads = slice(3 * 8, 4 * 8), slice(told.kv_head * 8, told.kv_head * 8 + 8)
    plain = family == "llama"
    assert np.allclose(told.plain_query if plain else told.query, queries[5, heads[0]], atol=1e-5)
    assert np.allclose(told.plain_keys if plain else told.keys, keys[:, heads[1]], atol=1e-5)


@pytest.mark.parametrize("family", [*EVERY_LAYER, *TURNING])
def test_turned_back_is_what_a_layer_of_the_model_wrote(family):
    """Queries and keys as they come out of some module of the attention, without looking at which."""
    loaded, found = traced(family)
    for layer in range(2):
        wrote = outputs(loaded, found, found.anatomy.last.layers[layer].attends["self"])
        for head in range(4):
            told = asked(found, layer=layer, head=head, query=7)
            if not told.pairs.size:
                assert family not in EVERY_LAYER and layer == 1  # this one turns nothing
                assert stands_in(wrote, 7, told.query) and not told.plain_query.size
                continue
            if family == "nanochat":  # its norm comes after, and writes what is turned
                wrote = [torch.nn.functional.rms_norm(one, (8,), eps=1e-6) for one in wrote]
            else:
                assert not stands_in(wrote, 7, told.query)
            assert stands_in(wrote, 7, told.plain_query)
            for position in (0, 1, 9):
                assert stands_in(wrote, position, told.plain_keys[position])


def outputs(loaded, found, attention):
    """What the modules inside wrote, each [n, any, head width]."""
    kept = []
    handles = [
        module.register_forward_hook(lambda _m, _a, out: kept.append(out))
        for module in attention.modules()
        if module is not attention
    ]
    with torch.no_grad():
        loaded.model(**found.read.inputs(loaded))
    for handle in handles:
        handle.remove()
    n = len(found.read.last.ids)
    both = [one[0] if one.shape[1] == n else one[0].transpose(0, 1) for one in kept]
    return [one.reshape(n, -1, 8) for one in both if one.numel() % (n * 8) == 0]


def stands_in(wrote, position, vector):
    return any(bool(np.isclose(one[position].numpy(), vector, atol=1e-4).all(-1).any()) for one in wrote)


@pytest.mark.parametrize(
    ("family", "pairs"),
    [
        ("llama", [[0, 4], [1, 5], [2, 6], [3, 7]]),
        ("gpt_oss", [[0, 4], [1, 5], [2, 6], [3, 7]]),
        ("cohere2", [[0, 1], [2, 3], [4, 5], [6, 7]]),
        ("glm", [[0, 1], [2, 3]]),
        ("gpt_neox", [[0, 1]]),
        ("phi", [[0, 2], [1, 3]]),
        ("nanochat", [[4, 0], [5, 1], [6, 2], [7, 3]]),
    ],
)
def test_pairs_are_those_of_the_family(family, pairs):
    assert asked(traced(family)[1]).pairs.tolist() == pairs


def test_angles_grow_with_the_position():
    _, found = traced("llama")
    told = asked(found)
    position = np.arange(len(told.angles))[:, None]
    frequencies = 10_000.0 ** (-np.arange(4) / 4)
    assert np.allclose(np.cos(told.angles), np.cos(position * frequencies), atol=1e-5)
    assert np.allclose(np.sin(told.angles), np.sin(position * frequencies), atol=1e-5)


def test_layers_of_two_kinds_turn_by_their_own():
    """Gemma 3 turns more slowly in its layers that see everything."""
    _, found = traced("gemma3")
    local, full = (asked(found, layer=layer).angles[1] for layer in (0, 1))
    assert local[0] == pytest.approx(full[0]) and local[1] > 2 * full[1]


def test_turning_again_gives_the_vectors_back():
    _, found = traced("yarn")
    told = asked(found, query=9)
    first, second = told.pairs.T
    angles = told.angles[9]
    turned = told.plain_query.copy()
    turned[first] = told.plain_query[first] * np.cos(angles) - told.plain_query[second] * np.sin(angles)
    turned[second] = told.plain_query[second] * np.cos(angles) + told.plain_query[first] * np.sin(angles)
    longer = told.query / turned
    assert np.allclose(longer, longer[0], atol=1e-4) and longer[0] > 1.05  # YaRN's factor


@pytest.mark.parametrize(
    ("family", "part", "offset"),
    [
        ("gpt2", "self", 0), ("bert", "self", 0), ("opt", "self", 2),
        ("bart", "encoder", 2), ("bart", "decoder", 2), ("bart", "cross", 2),
    ],
)  # fmt: skip
def test_the_row_of_a_learned_table_is_told(family, part, offset):
    loaded, found = traced(family)
    named = {"gpt2": "transformer.wpe", "bert": "bert.embeddings.position_embeddings"}
    side = "encoder" if part == "encoder" else "decoder"
    path = named.get(family, f"model.{side}.embed_positions")
    wanted = loaded.model.get_submodule(path).weight[4 + offset]
    assert np.array_equal(asked(found, part, query=4).table, wanted.numpy())


def test_there_is_no_row_without_a_table():
    for family in ("llama", "t5"):
        _, found = traced(family)
        assert asked(found, found.captured.parts[0].name).table.size == 0


def test_the_bias_of_t5_is_that_of_its_table():
    loaded, found = traced("t5")
    told = asked(found, "encoder", layer=1, head=2, query=4)
    first = loaded.model.encoder.block[0].layer[0].SelfAttention
    n = len(told.bias)
    assert np.allclose(told.bias, first.compute_bias(n, n)[0, 2, 4].numpy()) and told.bias.any()
    assert not asked(found, "cross", layer=1, head=2, query=4).bias.any()
    decoder = asked(found, "decoder", head=1, query=4)
    assert decoder.allowed.tolist() == [True] * 5 + [False] * (len(decoder.allowed) - 5)
    assert not decoder.bias[5:].any() and decoder.bias[:5].any()


def test_windows_hide_what_is_far():
    _, found = traced("gemma3")
    near, far = (asked(found, layer=layer, query=9) for layer in (0, 1))
    assert near.window == 5 and near.allowed.nonzero()[0].tolist() == [5, 6, 7, 8, 9]
    assert far.window == 0 and far.allowed.sum() == 10


def test_a_sink_takes_its_share():
    loaded, found = traced("gpt_oss")
    told = asked(found, head=1)
    sink = loaded.model.model.layers[0].self_attn.sinks[1].item()
    powers = np.exp(told.scores[told.allowed])
    assert told.sink == pytest.approx(np.exp(sink) / (np.exp(sink) + powers.sum()), rel=1e-4)
    assert told.sink > 0 and asked(traced("llama")[1]).sink == 0


def test_a_long_text_s_half_precision_is_taken_apart_alike():
    _, found = traced("llama")
    whole = asked(found, layer=1, head=3, query=9)
    for place, call in found.calls.items():
        found.calls[place] = replace(call, query=call.query.half(), key=call.key.half())
    told = asked(found, layer=1, head=3, query=9)
    assert told.keys.dtype == np.float32 and np.allclose(told.plain_keys, whole.plain_keys, atol=0.01)
    assert np.allclose(told.weights, whole.weights, atol=0.02)


def test_one_token_alone_is_not_turned():
    told = asked(traced("llama", "a")[1], query=0)
    assert len(told.keys) == 1 and np.array_equal(told.query, told.plain_query) and not told.angles.any()


@pytest.mark.parametrize("family", WHOLE)
def test_kinds_that_keep_their_queries_say_so(family):
    with pytest.raises(GlassworksError, match="show their weights alone"):
        asked(traced(family)[1])


@pytest.mark.parametrize("place", [{"part": "cross"}, {"layer": 2}, {"head": 4}, {"query": 500}])
def test_what_does_not_exist_is_refused(place):
    with pytest.raises(SpecError):
        asked(traced("llama")[1], **place)
