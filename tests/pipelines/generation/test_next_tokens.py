"""The likeliest next tokens of a causal model, against the model's own logits."""

import pytest
import torch

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.fill_mask_requests import FillMaskSpec, NextTokensRequest
from pipelines.runtime.operations import INFERENCE
from tests.support.answering import answering
from tests.support.tiny_models import CONTEXT, tiny

ask = answering(INFERENCE, tiny)


def likeliest(*texts, model="llama", top_k=4):
    return ask(None, None, NextTokensRequest(model, texts, FillMaskSpec(top_k))).fillings


def test_each_text_has_its_own_continuations():
    texts = ("Anna found a", "The little dog")
    loaded = tiny("llama")
    for text, fillings in zip(texts, likeliest(*texts), strict=True):
        with torch.no_grad():
            logits = loaded.model(torch.tensor([loaded.tokenizer(text).input_ids])).logits[0, -1]
        best = logits.softmax(-1).topk(4)
        assert [filling.token_ids for filling in fillings] == [(one,) for one in best.indices.tolist()]
        assert [f.probability for f in fillings] == pytest.approx(best.values.tolist(), abs=1e-6)
        words = [loaded.tokenizer.decode([one]) or f"<{one}>" for one in best.indices.tolist()]
        assert [f.text for f in fillings] == words, "ids beyond the tokenizer's are written as numbers"


def test_nothing_before_the_gap_starts_from_the_start_token_and_a_long_text_is_read_at_its_end():
    (start,), (long,) = likeliest(""), likeliest("Anna found a red kite. " * CONTEXT)
    assert len(start) == len(long) == 4


def test_a_model_that_fills_gaps_is_refused_here():
    with pytest.raises(GlassworksError, match="Choose a model that continues text"):
        likeliest("Anna", model="bert")


@pytest.mark.parametrize("texts", [(), ("a",) * 65, (1,), ("x" * 20_001,)])
def test_bad_texts(texts):
    with pytest.raises(SpecError):
        NextTokensRequest("llama", texts)
