import copy
from dataclasses import replace

import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.loop.pairs import check_context, fitted, prefilled, same_tokenizer
from tests.support.loops import PROMPT, whole
from tests.support.small_tokenizers import transformers_tokenizer
from tests.support.tiny_models import tiny


def test_models_of_different_families_may_share_a_tokenizer():
    same_tokenizer(tiny("gpt2"), tiny("llama"), "amateur")
    again = replace(tiny("llama"), tokenizer=copy.deepcopy(tiny("llama").tokenizer))
    same_tokenizer(tiny("gpt2"), again, "draft")


@pytest.mark.parametrize("field", ["amateur", "draft"])
def test_another_tokenizer_is_refused_by_the_name_of_the_field(field):
    other = replace(tiny("llama"), name="other/one", tokenizer=transformers_tokenizer("bpe"))
    with pytest.raises(
        SpecError, match=rf"{field} accepts .* with the tokenizer of gpt2; got 'other/one'"
    ) as told:
        same_tokenizer(tiny("gpt2"), other, field)
    assert told.value.field == field


def test_ids_that_are_special_in_one_alone_are_refused():
    changed = copy.deepcopy(tiny("gpt2").tokenizer)
    changed.add_tokens(["<mark>"])
    special = copy.deepcopy(tiny("gpt2").tokenizer)
    special.add_special_tokens({"additional_special_tokens": ["<mark>"]})
    one, other = replace(tiny("gpt2"), tokenizer=changed), replace(tiny("gpt2"), tokenizer=special)
    assert changed.get_vocab() == special.get_vocab()
    same_tokenizer(one, one, "draft")
    with pytest.raises(SpecError, match="draft"):
        same_tokenizer(one, other, "draft")


def test_another_end_token_of_the_same_vocabulary_is_accepted():
    chat = copy.deepcopy(tiny("gpt2").tokenizer)
    chat.eos_token = next(token.content for token in chat.added_tokens_decoder.values() if token.special)
    same_tokenizer(tiny("gpt2"), replace(tiny("gpt2"), tokenizer=chat), "draft")


def test_a_model_that_does_not_continue_text_is_refused():
    with pytest.raises(SpecError, match="continues text"):
        same_tokenizer(tiny("gpt2"), tiny("bert"), "amateur")


def test_the_context_must_hold_what_is_fed():
    check_context(tiny("gpt2"), 128, "draft")
    check_context(replace(tiny("gpt2"), context_length=None), 100_000, "draft")
    with pytest.raises(SpecError, match=r"draft accepts .* the 1,129 tokens .* holds 128"):
        check_context(tiny("gpt2"), 1129, "draft")


@pytest.mark.parametrize("length", [5, 1100])
def test_a_long_prompt_goes_in_by_parts_to_the_same_end(length):
    model = tiny("llama")
    prompt = (PROMPT * length)[:length]
    batch, said = prefilled(model, prompt)
    torch.testing.assert_close(said.logits, whole(model.model, prompt).logits[:, -1], atol=1e-3, rtol=1e-3)
    assert batch.forwards == -(-length // 512)


def test_logits_are_cut_or_filled_to_a_width():
    given = torch.arange(6.0).reshape(2, 3)
    assert torch.equal(fitted(given, 3), given)
    assert torch.equal(fitted(given, 2), given[:, :2])
    assert fitted(given, 4).tolist() == [[0, 1, 2, float("-inf")], [3, 4, 5, float("-inf")]]
