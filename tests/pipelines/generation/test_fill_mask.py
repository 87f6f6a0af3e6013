"""What could stand in a gap: the model's own distribution, pieces that fit the text, messages that help."""

import pytest
import torch

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.generation.fill_mask import fill
from pipelines.generation.fill_mask_requests import Filled, Filling, FillMaskRequest, FillMaskSpec, Gap
from pipelines.generation.handler import generate
from pipelines.models.loader import load_causal_lm, load_model

CPU = torch.device("cpu")
STORY = "Tom saw a red ball. Anna found the old tree. The little dog liked two apples."


def _tokenizer():
    from pipelines.training.tokenizer import train_tokenizer

    return train_tokenizer([STORY] * 10, 400, sentinels=8)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    from transformers import BertConfig, BertForMaskedLM

    words, folder = _tokenizer(), tmp_path_factory.mktemp("bert")
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 48}
    config = BertConfig(vocab_size=len(words), max_position_embeddings=24, initializer_range=0.3, **sizes)
    BertForMaskedLM(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return load_model("path:bert", folder, CPU)


@pytest.fixture(scope="module")
def t5(tmp_path_factory):
    from transformers import T5Config, T5ForConditionalGeneration

    words, folder = _tokenizer(), tmp_path_factory.mktemp("t5")
    torch.manual_seed(0)
    sizes = {"d_model": 32, "d_kv": 16, "d_ff": 48, "num_layers": 2, "num_heads": 2, "n_positions": 24}
    ids = {
        "pad_token_id": words.pad_token_id,
        "eos_token_id": 0,
        "decoder_start_token_id": words.pad_token_id,
    }
    T5ForConditionalGeneration(T5Config(vocab_size=len(words), **sizes, **ids)).save_pretrained(folder)
    words.save_pretrained(folder)
    return load_model("path:t5", folder, CPU)


def answer(loaded, text: str, top_k: int = 5) -> Filled:
    *before, filled = fill(loaded, text, top_k)
    assert not any(before) and isinstance(filled, Filled)
    return filled


def test_kinds_are_read_from_the_config(bert, t5):
    assert (bert.kind, t5.kind) == ("masked-lm", "seq2seq-lm")
    assert bert.context_length == t5.context_length == 24


@pytest.mark.parametrize("mark", ["<|mask|>", "[MASK]", "<mask>"])
def test_probabilities_are_those_of_the_fill_mask_pipeline(bert, mark):
    from transformers import pipeline

    theirs = pipeline("fill-mask", model=bert.model, tokenizer=bert.tokenizer, top_k=5)
    expected = theirs("Tom saw a <|mask|> ball.")
    (gap,) = answer(bert, f"Tom saw a {mark} ball.").gaps
    assert [f.token_ids[0] for f in gap.fillings] == [e["token"] for e in expected]
    assert [f.probability for f in gap.fillings] == pytest.approx([e["score"] for e in expected], rel=1e-4)


def test_each_gap_has_its_place_and_its_guesses(bert):
    text = "<mask> saw a  [MASK]. The<|mask|> dog"
    filled = answer(bert, text)
    assert [text[g.start : g.end] for g in filled.gaps] == ["<mask>", "  [MASK]", "<|mask|>"]
    for gap in filled.gaps:
        values = [f.probability for f in gap.fillings]
        assert len(values) == 5 and values == sorted(values, reverse=True) and sum(values) <= 1.0001
    everything = answer(bert, "Tom <mask>", top_k=10_000).gaps[0].fillings
    assert sum(f.probability for f in everything) == pytest.approx(1, abs=1e-4)


def test_the_space_before_a_gap_belongs_to_it(bert):
    """As in training, where `` dog`` gave way to the mask: no token of its own is left for the space."""
    assert answer(bert, "Tom <mask> Tom").tokens == len(bert.tokenizer("Tom Tom").input_ids) + 1


def test_a_filling_fits_into_the_text():
    assert Gap(3, 10, ()).filled("Tom [MASK] a ball", Filling(" saw", 0.5, (1,))) == "Tom saw a ball"
    assert Gap(0, 6, ()).filled("[MASK] saw", Filling(" Tom", 0.5, (1,))) == "Tom saw"


@pytest.mark.parametrize(
    ("text", "expected"), [("the [MASK] of", ["the cat of", "the cats of"]), ("the[MASK]", ["thecat"])]
)
def test_pieces_of_a_wordpiece_tokenizer_stand_as_words(text, expected):
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

    from pipelines.models.loader import LoadedModel

    vocab = {w: i for i, w in enumerate(["[UNK]", "[PAD]", "[MASK]", "the", "of", "cat", "##s"])}
    core = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    core.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    words = PreTrainedTokenizerFast(tokenizer_object=core, mask_token="[MASK]", pad_token="[PAD]")
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    model = BertForMaskedLM(BertConfig(vocab_size=len(vocab), **sizes)).eval()
    (gap,) = answer(LoadedModel("path:w", model, words, 16, 0, "masked-lm"), text, 7).gaps
    made = {f.token_ids[0]: gap.filled(text, f) for f in gap.fillings}
    assert made[vocab["cat"]] == expected[0]
    if len(expected) > 1:
        assert made[vocab["##s"]] == "thes of"


def test_spans_are_said_one_after_the_other(t5):
    text = "Tom <mask> a red [MASK]."
    filled = answer(t5, text, 4)
    assert filled.kind == "seq2seq-lm" and len(filled.gaps) == 2
    for gap in filled.gaps:
        values = [f.probability for f in gap.fillings]
        assert len(values) == 4 and values == sorted(values, reverse=True)
    assert (
        answer(t5, text, 50).gaps[0].fillings[0].token_ids
        and len(answer(t5, text, 50).gaps[0].fillings) == 10
    )
    assert answer(t5, text, 1).gaps[0].fillings[0].probability <= 1


def test_the_probability_of_a_span_is_that_of_its_tokens_and_its_end(t5):
    """Recomputed by one forward pass over the whole of what was said."""
    words = t5.tokenizer
    text = "Tom <|extra_0|> a red ball."
    marks = [words.convert_tokens_to_ids(f"<|extra_{i}|>") for i in range(2)]
    for filling in answer(t5, "Tom <mask> a red ball.", 5).gaps[0].fillings:
        if len(filling.token_ids) == 16:
            continue  # cut before its end
        said = [words.pad_token_id, marks[0], *filling.token_ids]
        given = words(text, return_tensors="pt").input_ids
        with torch.inference_mode():
            logits = t5.model(input_ids=given, decoder_input_ids=torch.tensor([said])).logits[0]
        log_probs = logits.log_softmax(-1)
        total = sum(float(log_probs[1 + i, id_]) for i, id_ in enumerate(filling.token_ids))
        ends = [total + float(log_probs[len(said) - 1, end]) for end in (marks[1], words.eos_token_id)]
        assert min(abs(torch.tensor(e).exp() - filling.probability) for e in ends) < 1e-5


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Tom saw a ball.", r"at least one <\|mask\|>"),
        ("", r"at least one <\|mask\|>"),
        (5, "text of at most 20,000 characters"),
        ("x" * 20_001, "text of at most 20,000 characters"),
        ("<mask> " * 65, "at most 64 masks, and this text has 65"),
    ],
)
def test_texts_that_are_refused(text, message):
    with pytest.raises(SpecError, match=message):
        FillMaskRequest("house/x", text)


@pytest.mark.parametrize(("top_k", "fits"), [(0, False), (51, False), ("many", False), (1, True), (50, True)])
def test_the_number_of_candidates_has_bounds(top_k, fits):
    if fits:
        assert FillMaskSpec(top_k).top_k == top_k
        return
    with pytest.raises(SpecError, match="top_k accepts a whole number from 1 to 50"):
        FillMaskSpec(top_k)


def test_a_text_over_the_context_is_refused_not_cut(bert, t5):
    for loaded in (bert, t5):
        with pytest.raises(SpecError, match="at most 24 tokens with this model; this text has"):
            answer(loaded, "Tom saw a <mask> ball. " * 6)


def test_more_gaps_than_sentinels_are_refused(t5):
    with pytest.raises(SpecError, match="at most 8 masks with this model"):
        answer(t5, "<mask>" * 9)


class Models:
    """A cache that holds one model."""

    def __init__(self, loaded):
        self._loaded = loaded

    def use(self, name):
        from contextlib import nullcontext

        return nullcontext(self)

    def ready(self):
        yield from ()
        return self._loaded


def test_a_model_of_another_kind_says_what_it_does(bert, tiny_llama):
    from pipelines.generation.requests import GenerateRequest

    with pytest.raises(GlassworksError, match="path:bert is a masked-lm model: it guesses masked words"):
        list(generate(GenerateRequest("path:bert", "Once"), Models(bert)))
    causal = load_causal_lm("path:causal", tiny_llama, CPU)
    with pytest.raises(GlassworksError, match=r"it continues text\. Choose a model that guesses masked"):
        answer(causal, "Tom <mask>")


def test_a_tokenizer_without_marks_is_refused(t5, tiny_llama):
    from dataclasses import replace

    bare = load_causal_lm("path:bare", tiny_llama, CPU)
    for kind, word in (("masked-lm", "no mask token"), ("seq2seq-lm", "no sentinel tokens")):
        with pytest.raises(GlassworksError, match=word):
            answer(replace(bare, kind=kind), "Tom <mask>")
