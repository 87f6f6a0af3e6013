"""Contexts and continuations are told apart as lm-evaluation-harness tells them apart."""

import copy
from dataclasses import replace

import pytest
from tokenizers.processors import TemplateProcessing

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.answering.encoding import Encoder, Reading, context_tokens
from pipelines.evaluation.records import Ask
from tests.support.harness import language_model
from tests.support.tiny_models import CONTEXT, tiny

PAIRS = [
    ("The little dog", " barked at the cat."),
    ("The little dog ", "barked"),
    ("The little dog \n ", " barked"),
    ("The", "re"),
    ("Anna found", " a red kite" * 40),
    ("a b c d " * 60, " kite"),
    ("néé🦀", "🦀 é"),
    ("Anna", " "),
]


def with_bos(loaded):
    """The same model, its tokenizer putting a BOS token before each text."""
    tokenizer = copy.deepcopy(loaded.tokenizer)
    bos = tokenizer.convert_ids_to_tokens(0)
    tokenizer.bos_token = bos
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single=f"{bos} $A", special_tokens=[(bos, 0)]
    )
    return replace(loaded, tokenizer=tokenizer)


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "bos"])
def loaded(request):
    return with_bos(tiny("llama")) if request.param else tiny("llama")


def test_pairs_are_the_harness_s(loaded):
    oracle, encoder = language_model(loaded), Encoder(loaded)
    begun = [(f"{loaded.tokenizer.bos_token or 'x'}Anna", " found"), *PAIRS]
    for pair, reading in zip(begun, encoder.readings([Ask(*pair) for pair in begun]), strict=True):
        context, continuation = oracle._encode_pair(*pair)
        whole = tuple(context + continuation)
        assert reading.ids == whole[-(CONTEXT + 1) :]
        assert reading.scored == len(continuation) and reading.cut == len(whole) - len(reading.ids)
        assert reading.read == whole[-(CONTEXT + 1) :][:-1]


def test_a_text_s_beginning_is_a_token(loaded):
    encoder, start = Encoder(loaded), loaded.tokenizer.bos_token_id or loaded.tokenizer.eos_token_id
    own = tuple(loaded.tokenizer("Anna found", add_special_tokens=False).input_ids)
    again = loaded.tokenizer.decode(start)
    asks = [Ask("", "Anna found"), Ask("", f"{again}Anna found")]
    assert encoder.readings(asks) == [Reading((start, *own), len(own))] * 2
    (spaces,) = encoder.readings([Ask("  ", "Anna")])
    assert spaces.ids[0] == start and spaces.scored == len(spaces.ids) - 1 > 0


def test_contexts_leave_room_for_what_is_to_be_written(loaded):
    encoder = Encoder(loaded)
    text = "a b c d " * 60
    ids = loaded.tokenizer(text).input_ids
    for new, kept in ((10, CONTEXT - 10), (CONTEXT - 1, 1), (CONTEXT, CONTEXT // 2), (999, CONTEXT // 2)):
        assert encoder.prompts([text], new) == [ids[-kept:]]
    (empty,) = encoder.prompts([""], 10)
    assert len(empty) == 1


def test_without_a_token_to_begin_with_a_context_is_needed():
    loaded = tiny("llama")
    tokenizer = copy.deepcopy(loaded.tokenizer)
    tokenizer.bos_token = tokenizer.eos_token = None
    encoder = Encoder(replace(loaded, tokenizer=tokenizer))
    assert encoder.readings([Ask("Anna", " found")])[0].scored
    with pytest.raises(GlassworksError, match="no token with which a text begins"):
        encoder.readings([Ask("", "Anna")])


def test_what_no_model_can_read_is_refused_in_words():
    encoder = Encoder(tiny("gpt2"))
    with pytest.raises(GlassworksError, match=f"tokens, and gpt2 reads {CONTEXT}"):
        encoder.readings([Ask("Anna", " a b c d" * 80)])
    with pytest.raises(GlassworksError, match="cannot be read by the tokenizer"):
        encoder.readings([Ask("Anna", "\ud800")])


def test_a_model_without_a_limit_reads_what_its_tokenizer_says():
    loaded = replace(tiny("mamba"), context_length=None)
    assert context_tokens(loaded) == 2048
    tokenizer = copy.deepcopy(loaded.tokenizer)
    tokenizer.model_max_length = 77
    assert context_tokens(replace(loaded, tokenizer=tokenizer)) == 77
