"""Activation patching against single hooks, one layer and one position at a time."""

import numpy as np
import pytest
import torch

from pipelines.attention import patch as patching
from pipelines.attention.anatomy import anatomy_of
from pipelines.attention.encode import tokenize
from pipelines.attention.patch import patch
from pipelines.attention.requests import PatchRequest
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.models.pieces import texts_of
from tests.support.steps import finish
from tests.support.tiny_models import WATCHED, WHOLE, tiny

CLEAN, CORRUPTED = "Anna found a red kite by the river", "Anna found a red dog by the river"
CAUSAL = tuple(name for name in (*WATCHED, *WHOLE) if tiny(name).kind == "causal-lm")


def patched(family, clean=CLEAN, corrupted=CORRUPTED, answer=" dog", other=" cat", **more):
    loaded = tiny(family)
    return finish(patch(loaded, PatchRequest(family, clean, corrupted, answer, other, **more)))


def ids_of(loaded, text):
    return torch.as_tensor(tokenize(loaded, "clean", text).ids).long()[None]


def first(out):
    return out[0] if isinstance(out, tuple) else out


def rows(there):
    return there.view(-1, there.shape[-1])


@torch.no_grad()
def by_hand(loaded, what, answer, other):
    """recovered[layer, position] with one hook and one row at a time."""
    (stack,) = anatomy_of(loaded.model, loaded.name).stacks
    modules = {
        "residual": [layer.module for layer in stack.layers],
        "attention": [layer.writes["self"] for layer in stack.layers],
        "mlp": [layer.writes["mlp"] for layer in stack.layers],
    }[what]
    clean, corrupted = ids_of(loaded, CLEAN), ids_of(loaded, CORRUPTED)

    def difference(ids):
        logits = loaded.model(input_ids=ids).logits[0, -1]
        return float(logits[answer] - logits[other])

    highest, lowest = difference(clean), difference(corrupted)
    found = np.zeros((len(modules), clean.shape[1]))
    for layer, module in enumerate(modules):
        kept = []
        handle = module.register_forward_hook(lambda _m, _i, out, kept=kept: kept.append(first(out).clone()))
        difference(clean)
        handle.remove()
        for place in range(clean.shape[1]):

            def put(_module, _given, out, place=place, kept=kept):
                first(out).reshape(-1, out[0].shape[-1])[place] = kept[0].reshape(-1, kept[0].shape[-1])[
                    place
                ]

            handle = module.register_forward_hook(put)
            found[layer, place] = (difference(corrupted) - lowest) / (highest - lowest)
            handle.remove()
    return found, highest, lowest


@pytest.mark.parametrize("family", CAUSAL)
@pytest.mark.parametrize("what", ["residual", "attention", "mlp"])
def test_every_cell_is_what_one_hook_gives(family, what, monkeypatch):
    monkeypatch.setattr(patching, "_ROWS", 3)
    loaded = tiny(family)
    answer, other = (loaded.tokenizer(text)["input_ids"][0] for text in (" dog", " cat"))
    found = patched(family, what=what)
    wanted, highest, lowest = by_hand(loaded, what, answer, other)
    assert found.clean_difference == pytest.approx(highest, abs=1e-4)
    assert found.corrupted_difference == pytest.approx(lowest, abs=1e-4)
    assert found.recovered.shape == wanted.shape
    assert np.allclose(found.recovered, wanted, atol=1e-3 + 1e-4 / abs(highest - lowest))
    if what == "residual":
        same = int(np.flatnonzero(np.array(found.clean) != np.array(found.corrupted))[0])
        assert np.allclose(found.recovered[:, :same], 0, atol=1e-3), "before the difference all is alike"
        assert found.recovered[-1, -1] == pytest.approx(1, abs=1e-3)
        assert np.allclose(found.recovered[-1, :-1], 0, atol=1e-3), "the last layer is read at the end alone"


def test_names_that_are_left_out_are_the_likeliest_of_each_run():
    texts = ("Anna found a red kite", "Anna found a little dog")
    found = patched("llama", *texts, answer="", other="")
    loaded = tiny("llama")
    with torch.no_grad():
        logits = [loaded.model(input_ids=ids_of(loaded, text)).logits[0, -1] for text in texts]
    likeliest = [int(one.argmax()) for one in logits]
    assert (found.answer, found.other) == texts_of(loaded.tokenizer, likeliest)
    assert found.clean_difference > 0 > found.corrupted_difference
    assert ("".join(found.clean), "".join(found.corrupted)) == texts


def test_bad_prompts_are_refused_with_the_reason():
    with pytest.raises(SpecError, match=r"as many tokens as the clean one, which has \d+.*got '\d+ tokens'"):
        patched("gpt2", corrupted="Anna")
    with pytest.raises(SpecError, match="at most 64 tokens"):
        patched("gpt2", clean="Anna found " * 40, corrupted="Anna found " * 40)
    with pytest.raises(SpecError, match=r"answer accepts text that is one token of gpt2; it makes \d+"):
        patched("gpt2", answer=" dog cat")
    with pytest.raises(SpecError, match="other accepts another token than the answer"):
        patched("gpt2", answer=" dog", other=" dog")
    with pytest.raises(GlassworksError, match=r"do not differ in what is measured: logit\(' dog'\)"):
        patched("gpt2", corrupted=CLEAN)


@pytest.mark.parametrize("family", ["bert", "t5", "encoder"])
def test_only_models_that_continue_text(family):
    with pytest.raises(GlassworksError, match="Choose a model that continues text"):
        patched(family)


def test_two_in_turn_do_not_touch_each_other():
    loaded = tiny("llama")
    asked = [PatchRequest("llama", CLEAN, CORRUPTED, " dog", " cat", what) for what in ("residual", "mlp")]
    alone = [finish(patch(loaded, one)).recovered for one in asked]
    steps, results = [patch(loaded, one) for one in asked], {}
    while len(results) < 2:
        for number, step in enumerate(steps):
            if number not in results:
                try:
                    assert next(step) is None
                except StopIteration as stop:
                    results[number] = stop.value.recovered
    assert all(np.array_equal(results[number], alone[number]) for number in (0, 1))
