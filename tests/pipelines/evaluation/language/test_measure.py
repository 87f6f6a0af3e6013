import math
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from transformers import PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.language import losses
from pipelines.evaluation.language.losses import Scorer, trusted_head
from pipelines.evaluation.language.measure import measure, start_token
from pipelines.evaluation.language.result import BYTES, CHARACTERS, NATS, TOKENS, UNKNOWN, merged
from pipelines.models.loader import LoadedModel, load_causal_lm
from pipelines.training.corpus import documents
from tests.support import small_tokenizers
from tests.support.harness import rolling
from tests.support.tiny_models import CONTEXT, tiny, tokenizer

HOUSE, SAMPLES = REPOSITORY / "assets" / "models", REPOSITORY / "assets" / "samples"
TEXT = "Anna found a red kite by the river. The little dog barked at the cat, naïve 🦀.\n\n"
DOCUMENTS = (TEXT * 9, TEXT, "a", TEXT * 2 + "end")


@pytest.mark.parametrize("family", ["gpt2", "llama", "qwen3", "gemma2", "opt", "gpt_neo"])
def test_documents_have_the_harness_s_log_likelihood(family):
    model = tiny(family)
    found = measure(model, DOCUMENTS, batch_tokens=300)
    np.testing.assert_allclose(-found.documents[:, NATS], rolling(model, DOCUMENTS), rtol=1e-5)
    assert found.documents[:, BYTES].tolist() == [len(text.encode()) for text in DOCUMENTS]
    assert found.documents[:, CHARACTERS].tolist() == [len(text) for text in DOCUMENTS]


def test_a_house_model_on_a_text_longer_than_its_context():
    """To four decimals in bits a byte, as the harness tells it."""
    folder = HOUSE / "story-base"
    text = "\n\n".join(islice(documents(next(SAMPLES.glob("*.txt.gz"))), 6))
    found = measure(load_causal_lm("house/story-base", folder, torch.device("cpu")), [text])
    (said,) = rolling(folder, [text])
    assert found.total(TOKENS) > found.context == 1024
    assert found.bits_per_byte == pytest.approx(-said / math.log(2) / len(text.encode()), abs=5e-5)


def test_figures_are_the_harness_s():
    """Its wikitext has: bits_per_byte, byte_perplexity and word_perplexity, each pooled over documents."""
    from lm_eval.api.metrics import bits_per_byte, weighted_perplexity

    model = tiny("gpt2")
    found, said = measure(model, DOCUMENTS), rolling(model, DOCUMENTS)
    sizes = [len(text.encode()) for text in DOCUMENTS]
    words = [len(text.split()) + text.endswith("\n") for text in DOCUMENTS]
    assert found.bits_per_byte == pytest.approx(bits_per_byte(list(zip(said, sizes, strict=True))), rel=1e-5)
    assert found.byte_perplexity == pytest.approx(
        weighted_perplexity(list(zip(said, sizes, strict=True))), rel=1e-5
    )
    assert found.word_perplexity == pytest.approx(
        weighted_perplexity(list(zip(said, words, strict=True))), rel=1e-4
    )


def recipe(model: LoadedModel, ids: list[int], length: int, stride: int) -> torch.Tensor:
    """The sliding window of the documentation of transformers: the mean loss over all predicted tokens."""
    total, count, previous = 0.0, 0, 0
    for begin in range(0, len(ids), stride):
        end = min(begin + length, len(ids))
        read = torch.tensor([ids[begin:end]])
        wanted = read.clone()
        wanted[:, : -(end - previous)] = -100
        with torch.no_grad():
            loss = model.model(read, labels=wanted).loss
        predicted = int((wanted[:, 1:] != -100).sum())
        total, count, previous = total + float(loss) * predicted, count + predicted, end
        if end == len(ids):
            break
    return total / count


@pytest.mark.parametrize(("context", "stride"), [(31, 8), (31, 1), (63, 16), (100, 50)])
def test_the_sliding_window_of_transformers(context, stride):
    """Its window counts the token after the last as one of its own, so that it is longer by one; and its last
    window is not moved back, so that the text is chosen to come out even."""
    model, ids = tiny("gpt2"), tokenizer()("The little dog barked at the cat. " * 20).input_ids
    ids = ids[: context + stride * ((len(ids) - context) // stride)]
    found = measure(model, [tokenizer().decode(ids)], context, stride)
    assert found.shown.ids.tolist() == ids
    assert found.loss == pytest.approx(
        recipe(model, [start_token(model), *ids], context + 1, stride), rel=1e-5
    )


def test_more_context_before_each_token_is_what_a_stride_buys():
    model = tiny("llama")
    whole, small = measure(model, [TEXT * 8], 32), measure(model, [TEXT * 8], 32, 4)
    assert (whole.stride, small.stride) == (32, 4)
    assert small.total(TOKENS) == whole.total(TOKENS)
    assert small.places[:6, 1].sum() < whole.places[:6, 1].sum()


def test_neither_batches_nor_pieces_of_logits_nor_the_head_change_a_loss(monkeypatch):
    model = tiny("gemma2")
    wanted = measure(model, DOCUMENTS).documents
    for size in (1, 200):
        np.testing.assert_allclose(measure(model, DOCUMENTS, batch_tokens=size).documents, wanted, rtol=1e-5)
    monkeypatch.setattr(losses, "_LOGITS", 7 * 400)
    np.testing.assert_allclose(measure(model, DOCUMENTS).documents, wanted, rtol=1e-5)
    monkeypatch.setattr(losses, "trusted_head", lambda loaded: None)
    assert Scorer(model)._head is None
    np.testing.assert_allclose(measure(model, DOCUMENTS).documents, wanted, rtol=1e-5)


def test_a_head_that_makes_other_logits_is_not_used():
    model = tiny("gpt2")
    assert trusted_head(model) is not None
    forward = model.model.forward

    def scaled(*args, **kwargs):
        out = forward(*args, **kwargs)
        out.logits = 2 * out.logits
        return out

    model.model.forward = scaled
    assert trusted_head(model) is None
    assert measure(model, [TEXT]).loss != measure(tiny("gpt2"), [TEXT]).loss


def test_places_and_shown_tokens_add_up_to_the_whole():
    found = measure(tiny("gpt2"), [TEXT * 5], stride=50)
    nats, tokens, size = found.places.sum(0)
    assert nats == pytest.approx(found.total(NATS)) and tokens == found.total(TOKENS)
    assert size == len((TEXT * 5).encode())
    assert found.shown.text == TEXT * 5 and len(found.shown.ids) == tokens
    assert float(found.shown.nats.sum(dtype=np.float64)) == pytest.approx(nats, rel=1e-5)
    assert "".join(found.shown.texts[:8]).startswith("Anna found")


def test_ranks_are_those_of_the_logits():
    model = tiny("llama")
    shown = measure(model, [TEXT]).shown
    ids = torch.tensor([[start_token(model), *shown.ids.tolist()]])
    logits = model.model(ids).logits[0, :-1]
    order = logits.argsort(-1, descending=True)
    wanted = [1 + order[at].tolist().index(int(one)) for at, one in enumerate(shown.ids)]
    assert shown.ranks.tolist() == wanted


def test_only_the_first_document_s_first_tokens_are_kept():
    whole = measure(tiny("gpt2"), [TEXT, TEXT]).shown
    few = measure(tiny("gpt2"), [TEXT, TEXT], keep=10).shown
    assert whole.text == TEXT and len(few.ids) == len(few.nats) == len(few.texts) == 10
    assert few.text == TEXT[: few.ends[-1]]
    np.testing.assert_allclose(few.nats, whole.nats[:10], rtol=1e-5)


def test_a_document_of_no_tokens_is_passed_over():
    found, wanted = measure(tiny("gpt2"), ["", TEXT, ""]), measure(tiny("gpt2"), [TEXT])
    np.testing.assert_array_equal(found.documents, wanted.documents)
    np.testing.assert_array_equal(found.shown.nats, wanted.shown.nats)
    assert found.shown.text == TEXT


def test_without_a_start_token_the_first_is_not_counted():
    bare = PreTrainedTokenizerFast(tokenizer_object=tokenizer().backend_tokenizer)
    model = tiny("gpt2", bos_token_id=None, eos_token_id=None)
    model.model.generation_config.bos_token_id = model.model.generation_config.eos_token_id = None
    model = replace(model, tokenizer=bare)
    assert start_token(model) is None
    found = measure(model, [TEXT])
    shown = found.shown
    assert not found.started and math.isnan(shown.nats[0]) and shown.ranks[0] == 0
    assert found.total(TOKENS) == len(shown.ids) - 1
    assert found.total(BYTES) == len(TEXT.encode()) - len(TEXT[: shown.ends[0]].encode())
    with pytest.raises(GlassworksError, match="no text"):
        measure(model, ["A"])


def test_a_token_that_a_tokenizer_puts_before_a_text_is_not_counted_with_it():
    """The harness leaves it out as well when it is told that there is none."""
    plain = measure(tiny("llama"), [TEXT])
    framed = PreTrainedTokenizerFast(
        tokenizer_object=small_tokenizers.make_wordpiece(), bos_token="<s>", unk_token="<unk>"
    )
    model = replace(tiny("llama"), tokenizer=framed)
    found = measure(model, ["the quick brown fox"])
    assert found.total(TOKENS) == len(framed("the quick brown fox", add_special_tokens=False).input_ids)
    assert plain.total(UNKNOWN) == 0


def test_tokens_that_are_unknown_are_counted():
    framed = PreTrainedTokenizerFast(
        tokenizer_object=small_tokenizers.make_wordpiece(), bos_token="<s>", unk_token="<unk>"
    )
    found = measure(replace(tiny("llama"), tokenizer=framed), ["the fox \u4e2d\u4e2d the dog"])
    assert found.total(UNKNOWN) >= 1


def test_documents_in_several_goes_are_as_all_at_once():
    model = tiny("gpt2")
    whole = measure(model, DOCUMENTS)
    parts = merged([measure(model, DOCUMENTS[:1]), measure(model, DOCUMENTS[1:])])
    np.testing.assert_allclose(parts.documents, whole.documents, rtol=1e-6)
    np.testing.assert_allclose(parts.places, whole.places, rtol=1e-6)
    assert parts.figures() == pytest.approx(whole.figures(), rel=1e-6)


def test_progress_is_told_in_characters_and_may_end_the_work():
    model, heard = tiny("gpt2"), []
    text = TEXT.strip() * 30
    measure(model, [text, text], advance=heard.append, batch_tokens=300)
    assert sum(heard) == 2 * len(text) and len(heard) > 4 and min(heard) >= 0

    def enough(characters: int) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        measure(model, [text], advance=enough)


@pytest.mark.parametrize(
    ("context", "stride", "field"),
    [(CONTEXT + 1, 0, "context_length"), (16, 17, "stride"), (0, 129, "stride")],
)
def test_what_the_model_has_not_is_refused(context, stride, field):
    with pytest.raises(SpecError, match=field):
        measure(tiny("gpt2"), [TEXT], context, stride)


@pytest.mark.parametrize("documents", [[], [""], ["", ""]])
def test_no_text_is_refused(documents):
    with pytest.raises(GlassworksError, match="no text"):
        measure(tiny("gpt2"), documents)


def test_a_model_that_does_not_continue_text_is_refused():
    with pytest.raises(GlassworksError, match="continues text"):
        measure(tiny("bert"), [TEXT])


def test_half_a_surrogate_pair_is_replaced():
    assert measure(tiny("gpt2"), ["a\ud800b and on"]).total(BYTES) == 10
