import math

import numpy as np
import pytest
import torch

from pipelines.core.errors import GlassworksError
from pipelines.generation.loop.dola import Dola, candidate_layers, divergence, furthest, tied
from pipelines.generation.loop.search import Search
from pipelines.generation.strategy import strategy
from tests.support.loops import DECODERS, PROMPT, check_contrast, log_softmax, run, setting, texts, whole
from tests.support.tiny_models import VOCABULARY, tiny

DEPTHS = {"gpt2": "n_layer", "bloom": "n_layer", "mpt": "n_layers"}


def deep(family: str, layers: int = 6, **changed):
    # A cap that is low enough to bend the logits of such a small model.
    extra = {"layer_types": None, "final_logit_softcapping": 2.0} if family == "gemma2" else {}
    return tiny(family, **{DEPTHS.get(family, "num_hidden_layers"): layers, **extra, **changed})


def dola(samples: int = 1, **settings) -> Search:
    one = strategy("dola", settings)
    return Search(0, one, samples, Dola(one))


def plain_divergence(p: np.ndarray, q: np.ndarray) -> float:
    middle = (p + q) / 2
    return sum(float((x * np.log(x / middle)).sum()) / 2 for x in (p, q))


def plain(model, ids: list[int], half: str) -> tuple[np.ndarray, np.ndarray, int]:
    """log p of the last and of the premature layer, and which that is, after one forward of everything."""
    told = whole(model, ids)
    final, head = log_softmax(told.logits[0, -1]), model.get_output_embeddings().weight.double()
    cap = getattr(model.config, "final_logit_softcapping", None)
    depth = len(told.hidden_states) - 1
    shared = torch.equal(head, model.get_input_embeddings().weight.double())
    layers = range(depth // 2, depth, 2) if half == "high" else range(2 if shared else 0, depth // 2, 2)
    found = {}
    for layer in layers:
        logits = head @ told.hidden_states[layer][0, -1].double()
        found[layer] = log_softmax(cap * torch.tanh(logits / cap) if cap else logits)
    chosen = max(found, key=lambda layer: plain_divergence(np.exp(final), np.exp(found[layer])))
    return final, found[chosen], chosen


@pytest.mark.parametrize("family", DECODERS)
@pytest.mark.parametrize("half", ["low", "high"])
def test_texts_and_scores_are_those_of_the_definition(family, half):
    loaded, column = deep(family), dola(dola_layers=half, plausibility=0.05)
    run(setting(loaded), column)
    text, ids = column.lines[0], list(PROMPT)
    for at, kept in enumerate(text.kept):
        final, premature, _ = plain(loaded.model, ids, half)
        expected = check_contrast(kept.adjusted, final, premature, 0.05)
        assert text.ids[at] == int(expected.argmax()) and kept.method == "dola"
        ids.append(text.ids[at])
    assert len(text.ids) == 12


def test_the_premature_layer_changes_from_token_to_token():
    loaded = deep("llama", 8)
    column = dola(dola_layers="high")
    run(setting(loaded, max_new_tokens=24), column)
    ids = PROMPT + column.lines[0].ids
    assert len({plain(loaded.model, ids[:at], "high")[2] for at in range(len(PROMPT), len(ids))}) > 1


def test_texts_of_several_samples_are_those_of_each_alone_with_the_same_noise():
    """Each row has its own premature layer, and its own noise by its place."""
    loaded = deep("llama")
    column = dola(4, do_sample=True, temperature=1.5)
    made = setting(loaded)
    run(made, column)
    assert len({tuple(ids) for ids in texts(column)}) == 4
    for sample, text in enumerate(column.lines):
        ids = list(PROMPT)
        for position, token in enumerate(text.ids):
            final, premature, _ = plain(loaded.model, ids, "high")
            scores = check_contrast(text.kept[position].adjusted, final, premature, 0.1)
            noise = made.noise.gumbel(column.strategy.digest(), sample, position).double().numpy()
            assert token == int((scores / 1.5 + noise).argmax())
            ids.append(token)


def test_with_plausibility_1_it_is_greedy():
    column, greedy = dola(plausibility=1.0), Search(0, strategy("greedy"), 1)
    run(setting(deep("gpt2")), column)
    run(setting(deep("gpt2")), greedy)
    assert texts(column) == texts(greedy)
    assert {int((kept.adjusted > -math.inf).sum()) for kept in column.lines[0].kept} == {1}


def test_its_stages_are_the_raw_distribution_then_its_own_then_the_processors():
    column = dola(do_sample=True, repetition_penalty=1.2, top_p=0.9)
    run(setting(deep("gpt2")), column)
    for stages in column.lines[0].stages:
        assert stages.names == ("raw", "dola", "repetition_penalty", "top_p")
        assert stages.kept[0] == VOCABULARY > stages.kept[1] >= stages.kept[3] >= 1


@pytest.mark.parametrize("layers", [1, 2, 3])
@pytest.mark.parametrize("half", ["low", "high"])
@pytest.mark.parametrize("tie", [False, True])
def test_shallow_models_have_a_layer_to_contrast_with(layers, half, tie):
    column = dola(dola_layers=half)
    loaded = deep("llama", layers, tie_word_embeddings=tie)
    assert tied(loaded.model) is tie
    run(setting(loaded), column)
    assert len(column.lines[0].ids) == 12 and not any(
        kept.adjusted.isnan().any() for kept in column.lines[0].kept
    )


@pytest.mark.parametrize(
    ("depth", "half", "is_tied", "expected"),
    [
        (1, "low", False, [0]), (1, "low", True, [0]), (1, "high", False, [0]), (1, "high", True, [0]),
        (2, "low", False, [0]), (2, "low", True, [1]), (2, "high", True, [1]),
        (3, "low", False, [0]), (3, "low", True, [2]), (3, "high", True, [1]),
        (4, "low", True, [2]), (6, "low", True, [2]), (6, "high", False, [3, 5]),
        (12, "low", False, [0, 2, 4]), (12, "low", True, [2, 4]), (12, "high", True, [6, 8, 10]),
        (40, "low", False, [*range(0, 20, 2)]), (40, "high", False, [*range(20, 40, 2)]),
        (48, "low", True, [*range(2, 20, 2)]), (48, "high", True, [*range(28, 48, 2)]),
    ],
)  # fmt: skip
def test_the_candidate_layers_are_every_second_of_a_half(depth, half, is_tied, expected):
    assert candidate_layers(depth, half, is_tied) == expected
    assert depth not in expected


@pytest.mark.parametrize("seed", range(5))
def test_the_divergence_is_jensens_and_shannons(seed):
    drawn = np.random.default_rng(seed)
    p, q = drawn.dirichlet(np.full(50, 0.5), 3), drawn.dirichlet(np.full(50, 0.5), 3)
    found = divergence(torch.tensor(p).log(), torch.tensor(q).log())
    assert found.tolist() == pytest.approx([plain_divergence(*each) for each in zip(p, q, strict=True)])
    torch.testing.assert_close(found, divergence(torch.tensor(q).log(), torch.tensor(p).log()))


def test_the_divergence_is_nothing_of_the_same_and_log_2_of_strangers():
    one, other = torch.tensor([[0.5, 0.5, 0, 0]]).log(), torch.tensor([[0, 0, 0.1, 0.9]]).log()
    assert divergence(one, one).item() == pytest.approx(0, abs=1e-7)
    assert divergence(one, other).item() == pytest.approx(math.log(2))


def test_each_row_has_the_distribution_that_is_furthest_from_it():
    final = torch.tensor([[0.9, 0.1], [0.1, 0.9]]).log()
    near, far = torch.tensor([[0.8, 0.2], [0.8, 0.2]]).log(), torch.tensor([[0.3, 0.7], [0.3, 0.7]]).log()
    torch.testing.assert_close(furthest(final, [near, far]), torch.stack([far[0], near[1]]))
    torch.testing.assert_close(furthest(final, [near]), near)


def test_a_model_whose_way_to_its_predictions_is_unknown_is_refused_by_its_name():
    loaded = deep("gpt2")
    loaded.model.transformer.register_forward_hook(_doubled)
    with pytest.raises(GlassworksError, match="How gpt2 comes from its last layer"):
        run(setting(loaded), dola())


def test_a_model_without_a_head_is_refused(monkeypatch):
    loaded = deep("gpt2")
    monkeypatch.setattr(loaded.model, "get_output_embeddings", lambda: None)
    with pytest.raises(GlassworksError, match="How gpt2 comes"):
        run(setting(loaded), dola())


def test_a_model_that_tells_no_states_is_refused(monkeypatch):
    loaded = deep("gpt2")
    forward = loaded.model.forward

    def silent(output_hidden_states=None, **given):
        return forward(**given)

    monkeypatch.setattr(loaded.model, "forward", silent)
    with pytest.raises(GlassworksError, match="does not tell what stands in its layers"):
        run(setting(loaded), dola())


def _doubled(module, args, out):
    out.last_hidden_state = out.last_hidden_state * 2
    return out
