"""What is told of tokens after others equals the model's own distributions, whatever the family; a typed text
goes on as the tokenizer would write it.
"""

import numpy as np
import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.reading import read_after, typed_ids
from pipelines.generation.reading_requests import ReadRequest
from tests.support.tiny_models import CONTEXT, tiny

PROMPT = "Anna found a red kite"


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma3", "opt", "mamba"])
def test_numbers_are_those_of_one_forward_over_everything(family):
    loaded = tiny(family)
    before = list(loaded.tokenizer(PROMPT).input_ids)
    after, new = (7, 30, 9), (12, 40, 41, 11)
    told = read_after(loaded, ReadRequest(family, PROMPT, after, new, top=5))
    with torch.inference_mode():
        logits = loaded.model(torch.tensor([[*before, *after, *new]])).logits[0].float()
    log_probs = logits.log_softmax(-1)
    first = len(before) + len(after) - 1
    for at, token in enumerate(new):
        row = log_probs[first + at]
        assert told.log_probs[at] == pytest.approx(float(row[token]), abs=1e-4)
        assert told.ranks[at] == 1 + int((logits[first + at] > logits[first + at, token]).sum())
        assert told.entropies[at] == pytest.approx(float(-(row.exp() * row).sum()), abs=1e-3)
    best = log_probs[-1].exp().topk(5)
    assert told.likeliest.tolist() == best.indices.tolist()
    assert np.allclose(told.probs, best.values, atol=1e-5)
    assert told.entropy == pytest.approx(float(-(log_probs[-1].exp() * log_probs[-1]).sum()), abs=1e-3)


def test_nothing_new_tells_the_next_step_alone():
    told = read_after(tiny("gpt2"), ReadRequest("gpt2", PROMPT))
    assert told.ids.size == 0 and told.texts == () and len(told.likeliest) == len(told.names) == 8


@pytest.mark.parametrize("text", [" a red kite", "s", " né🦀!", "\n\n  x", "kite."])
@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_typed_text_comes_back_in_pieces(family, text):
    loaded = tiny(family)
    told = read_after(loaded, ReadRequest(family, PROMPT, text=text))
    assert "".join(told.texts) == text
    assert told.ids.tolist() == typed_ids(loaded.tokenizer, loaded.tokenizer(PROMPT).input_ids, text)
    again = read_after(loaded, ReadRequest(family, PROMPT, ids=tuple(told.ids.tolist())))
    assert np.array_equal(again.log_probs, told.log_probs)


def test_an_empty_text_has_no_ids():
    assert typed_ids(tiny("gpt2").tokenizer, [5], "") == []


@pytest.mark.parametrize(
    ("more", "field"),
    [({"after": (10**6,)}, "after"), ({"ids": (10**6,)}, "after"), ({"after": (5,) * CONTEXT}, "prompt")],
)
def test_what_the_model_cannot_read_is_refused(more, field):
    with pytest.raises(SpecError) as caught:
        read_after(tiny("gpt2"), ReadRequest("gpt2", PROMPT, **more))
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"model": ""}, "model"),
        ({"prompt": 5}, "prompt"),
        ({"text": "x" * 2001}, "text"),
        ({"text": "x", "ids": (5,)}, "text"),
        ({"after": (-1,)}, "after"),
        ({"ids": ("5",)}, "ids"),
        ({"ids": (True,)}, "ids"),
        ({"top": 0}, "top"),
        ({"top": 51}, "top"),
    ],
)
def test_a_request_says_which_field_is_wrong(values, field):
    with pytest.raises(SpecError) as caught:
        ReadRequest(**{"model": "gpt2", "prompt": PROMPT, **values})
    assert caught.value.field == field
