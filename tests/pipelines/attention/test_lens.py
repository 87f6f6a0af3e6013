"""The logit lens against the model's own predictions, and against its definition one token at a time."""

import numpy as np
import pytest
import torch

from pipelines.attention import lens as lens_module
from pipelines.attention.lens import lens
from pipelines.attention.looking import trace
from pipelines.attention.requests import LensRequest, Subject
from pipelines.attention.trace import normed
from pipelines.core.errors import GlassworksError, SpecError
from tests.support.steps import finish
from tests.support.tiny_models import FAMILIES, LAYERS, VOCABULARY, WHOLE, WITHOUT, tiny

TEXT = "Anna found a red kite by the river. The little dog barked at Anna."
PREDICTING = tuple(name for name in FAMILIES if name not in (*WITHOUT, "encoder"))


def traced(family, text=TEXT):
    loaded = tiny(family)
    target = "The cat found a red kite." if loaded.kind == "seq2seq-lm" else ""
    return loaded, finish(trace(loaded, Subject(family, text, target)))


def seen(loaded, found, **asked):
    return finish(lens(loaded, found, LensRequest(found.subject, **asked)))


@torch.no_grad()
def predicted(loaded, found):
    """The model's own distributions, [n, vocabulary]."""
    whole = {"output_attentions": True} if loaded.name in WHOLE else {}
    return loaded.model(**found.read.inputs(loaded), **whole).logits[0].softmax(-1)


@pytest.mark.parametrize("family", PREDICTING)
def test_the_last_row_is_the_model_s_own_output(family):
    loaded, found = traced(family)
    told = seen(loaded, found, top_k=7)
    wanted = predicted(loaded, found).topk(7)
    assert told.ids.shape == (LAYERS + 1, len(found.read.last.ids), 7)
    assert np.allclose(told.probabilities[-1], wanted.values, atol=1e-5)
    assert told.ids[-1, :, 0].tolist() == wanted.indices[:, 0].tolist()
    assert np.allclose(told.kl[-1], 0, atol=1e-6) and not told.ranks[-1].any()


@pytest.mark.parametrize("family", ["gpt2", "gemma2", "bert", "t5"])
def test_every_row_is_by_its_definition(family):
    loaded, found = traced(family)
    told = seen(loaded, found)
    stack, final = found.anatomy.last, predicted(loaded, found)
    for layer, hidden in enumerate(found.hidden[stack.name]):
        rows = found.head(normed(stack, hidden, torch.float32)).detach().softmax(-1)
        for position, row in enumerate(rows):
            wanted, best = final[position], int(final[position].argmax())
            assert told.ranks[layer, position] == sum(float(p) > float(row[best]) for p in row)
            kl = sum(float(p) * np.log(float(p) / float(q)) for p, q in zip(wanted, row, strict=True) if p)
            assert told.kl[layer, position] == pytest.approx(kl, abs=1e-3, rel=1e-3)
            entropy = -sum(float(q) * np.log(float(q)) for q in row if q)
            assert told.entropy[layer, position] == pytest.approx(entropy, abs=1e-4)
            assert np.allclose(told.probabilities[layer, position], row.topk(5).values, atol=1e-5)
    assert told.kl[0].max() > 0.1 and told.ranks[0].max() > 0


def test_positions_in_blocks_are_the_same(monkeypatch):
    loaded, found = traced("llama")
    whole = seen(loaded, found, first=2, count=9)
    monkeypatch.setattr(lens_module, "_AT_ONCE", 2 * VOCABULARY)
    parts = lens(loaded, found, LensRequest(found.subject, first=2, count=9))
    assert sum(1 for _ in parts) == 5 * (LAYERS + 1)
    assert np.allclose(seen(loaded, found, first=2, count=9).kl, whole.kl, atol=1e-6)
    every = seen(loaded, found)
    assert np.array_equal(every.ids[:, 2:11], whole.ids) and whole.first == 2


def test_the_end_of_the_text_is_the_end():
    loaded, found = traced("gpt2")
    n = len(found.read.last.ids)
    assert seen(loaded, found, first=n - 3, count=64).ids.shape[1] == 3
    with pytest.raises(SpecError, match=f"0 to {n - 1}"):
        seen(loaded, found, first=n)


def test_every_id_has_its_text():
    loaded, found = traced("bert")
    told = seen(loaded, found, top_k=20)
    assert set(told.texts) == {str(one) for one in np.unique(told.ids)}
    assert all(
        text == loaded.tokenizer.decode([int(one)]) or text in loaded.tokenizer.all_special_tokens
        for one, text in told.texts.items()
        if int(one) < len(loaded.tokenizer)
    )


def test_models_that_predict_nothing_say_so():
    loaded, found = traced("encoder")
    with pytest.raises(GlassworksError, match="predicts no tokens"):
        seen(loaded, found)
    loaded, found = traced("gpt2")
    found.head = None
    with pytest.raises(GlassworksError, match="is not known"):
        seen(loaded, found)


def test_a_long_text_s_half_precision_is_read_alike():
    loaded, found = traced("llama")
    whole = seen(loaded, found)
    found.hidden["self"] = [rows.half() for rows in found.hidden["self"]]
    assert np.allclose(seen(loaded, found).probabilities, whole.probabilities, atol=0.02)
