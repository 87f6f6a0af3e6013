"""Tokenizers learnt here: what they can spell, that transformers reads them, and that sizes nest."""

import json
import random

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.curve import CUT, LEARNT, curve, cut
from pipelines.tokenization.sources.folder import read_folder
from pipelines.tokenization.specs import DEFAULT_TOKENS, TokenizerSpec
from pipelines.tokenization.train import train
from pipelines.training.tokenizer import train_tokenizer
from tests.support.small_tokenizers import SENTENCES, texts

SYLLABLES = ("ka", "ro", "mi", "ten", "sol", "ba", "é", "lu", "ner", "fi", "wo", "pa", "gre", "日", "本")


@pytest.fixture(scope="module")
def corpus() -> list[str]:
    rng = random.Random(1)
    words = ["".join(rng.choices(SYLLABLES, k=rng.randint(1, 3))) for _ in range(900)]
    return [" ".join(rng.choices(words, k=30)) + f" {number}." for number in range(150)] + list(SENTENCES)


def spec(algorithm="bpe", byte_level=True, vocab_size=700, **fields) -> TokenizerSpec:
    return TokenizerSpec(algorithm=algorithm, byte_level=byte_level, vocab_size=vocab_size, **fields)


def parts(core):
    return json.loads(core.to_str())


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
@pytest.mark.parametrize("byte_level", [True, False])
def test_transformers_and_our_reader_give_the_same_ids(corpus, algorithm, byte_level, tmp_path):
    trained = train(corpus, spec(algorithm, byte_level, name="x"))
    trained.save(tmp_path)
    readers = (AutoTokenizer.from_pretrained(tmp_path), PreTrainedTokenizerFast.from_pretrained(tmp_path))
    mine = read_folder("x", tmp_path)
    for text in (*corpus[:5], *texts(2, 40)):
        ids = trained.backend.encode(text, add_special_tokens=False).ids
        assert mine.backend.encode(text, add_special_tokens=False).ids == ids
        for reader in readers:
            assert reader(text, add_special_tokens=False).input_ids == ids
    for reader in readers:
        assert (reader.eos_token, reader.pad_token) == ("<|endoftext|>", "<|pad|>")
        assert len(reader) == trained.size <= 700
    assert mine.special["mask_token"] == "<|mask|>" and mine.kind == algorithm


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
def test_at_byte_level_all_is_spelt(corpus, algorithm):
    core = train(corpus, spec(algorithm)).backend
    for text in texts(3, 60):
        ids = core.encode(text, add_special_tokens=False).ids
        # the mask takes the space before it along
        if "<" not in text and "##" not in text:
            assert core.decode(ids, skip_special_tokens=False) == text


def test_the_same_tokenizer_as_pretraining_learns(corpus):
    theirs = train_tokenizer(corpus, 400, sentinels=2)
    lines = (*DEFAULT_TOKENS, "lstrip=<|extra_0|>", "lstrip=<|extra_1|>")
    mine = train(corpus, spec(vocab_size=400, special_tokens=lines))
    ours, other = parts(mine.backend), parts(theirs.backend_tokenizer)
    other.pop("post_processor")  # transformers puts one there that adds nothing
    assert ours.pop("post_processor") is None and ours == other


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece"])
@pytest.mark.parametrize("byte_level", [True, False])
def test_smaller_vocabularies_lie_inside_the_largest(corpus, algorithm, byte_level):
    """What is cut from one training is exactly what training at that size gives."""
    told = spec(algorithm, byte_level, 700, min_frequency=1)
    largest = train(corpus, told).backend
    for size in (560, 571, 600, 699):
        direct = train(corpus, spec(algorithm, byte_level, size, min_frequency=1)).backend
        assert parts(cut(largest, size, told))["model"] == parts(direct)["model"]


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
def test_the_curve_rises(corpus, algorithm):
    told = spec(algorithm, vocab_size=700, curve_sizes="540, 600, 700")
    trained, seen = train(corpus, told), []
    found = curve(trained, corpus, corpus[::7], told, found=seen.append)
    assert found.by == (LEARNT if algorithm == "unigram" else CUT) and tuple(seen) == found.points
    assert [point.asked for point in found.points] == [540, 600, trained.size]
    rates = [point.bytes_per_token for point in found.points]
    assert rates == sorted(rates) and rates[0] < rates[-1]
    assert {p.bytes for p in found.points} == {sum(len(t.encode()) for t in corpus[::7])}


def test_a_curve_that_nobody_sized_ends_at_the_whole(corpus):
    told = spec(vocab_size=700)
    trained = train(corpus, told)
    points = curve(trained, corpus, corpus[:5], told).points
    assert [point.vocab_size for point in points] == [told.smallest, 512, trained.size]
    assert points[0].bytes_per_token == pytest.approx(1, abs=0.05), "the alphabet alone is the bytes"


def test_a_unigram_is_not_learnt_below_its_alphabet(corpus):
    told = spec("unigram", False, vocab_size=300)
    trained = train(corpus, told)
    sizes = [point.asked for point in curve(trained, corpus, corpus[:5], told).points]
    assert sizes[-1] == trained.size and min(sizes) > 100, "the corpus has some hundred characters"
    with pytest.raises(SpecError, match=r"curve_sizes accepts at least \d+ here"):
        curve(trained, corpus, corpus[:5], spec("unigram", False, vocab_size=300, curve_sizes="20, 300"))


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
def test_the_same_corpus_gives_the_same_tokens(corpus, algorithm):
    one, two = (train(corpus, spec(algorithm, False, 300)).backend.get_vocab() for _ in range(2))
    assert one == two if algorithm != "unigram" else set(one) == set(two)


def test_normalisers_and_digits(corpus):
    core = train(corpus, spec(lowercase=True, strip_accents=True, normalizer="nfkc")).backend
    assert core.normalizer.normalize_str("ÉCOLE ﬁ") == "ecole fi"
    assert core.encode("2026").tokens == ["2", "0", "2", "6"]
    joined = train(["2026 2026 2026 2026"] * 9, spec(split_digits=False)).backend
    assert joined.encode("2026").tokens == ["2026"]


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
@pytest.mark.parametrize("nothing", [[], [""], ["  \n"]])
def test_an_empty_corpus_is_refused(algorithm, nothing):
    with pytest.raises(GlassworksError, match="holds no text"):
        train(nothing, spec(algorithm))


@pytest.mark.parametrize("algorithm", ["bpe", "wordpiece", "unigram"])
def test_a_vocabulary_below_the_alphabet_is_refused(corpus, algorithm):
    with pytest.raises(SpecError, match=r"at least \d+ here: 8 special tokens and an alphabet of (256|512);"):
        spec(algorithm, vocab_size=200)
    with pytest.raises(SpecError, match=r"at least \d+ here: 9 special tokens and an alphabet of \d+ \(byte"):
        train(corpus, spec(algorithm, False, 20))
    with pytest.raises(SpecError, match="curve_sizes accepts at least"):
        spec(algorithm, curve_sizes="100, 700")


def test_what_cannot_be_encoded_is_the_unknown_token(corpus):
    core = train(corpus, spec("bpe", False, 400)).backend
    assert "<|unk|>" in core.encode("ka ☃").tokens


def test_a_lone_surrogate_in_the_corpus_does_no_harm(corpus):
    assert train([*corpus, "a\ud800b"], spec()).size > 300


def test_what_texts_raise_passes_through():
    def broken():
        yield "some text"
        raise KeyError("enough")

    with pytest.raises(KeyError):
        train(broken(), spec())


BERT = ("pad=[PAD]", "unk=[UNK]", "cls=[CLS]", "sep=[SEP]", "mask=[MASK]")


@pytest.mark.parametrize(
    ("algorithm", "template", "tokens", "around"),
    [
        ("wordpiece", "cls+sep", BERT, ("[CLS] {} [SEP]", "{} [SEP]")),
        ("unigram", "eos", ("pad=<pad>", "eos=</s>"), ("{} </s>", "{} </s>")),
        ("bpe", "bos", ("bos=<s>",), ("<s> {}", "<s> {}")),
        ("bpe", "bos+eos", ("bos+eos=<|end of text|>",), ("<|end of text|> {} <|end of text|>",) * 2),
    ],
)
def test_what_is_put_around_a_text(corpus, algorithm, template, tokens, around, tmp_path):
    trained = train(corpus, spec(algorithm, False, special_tokens=tokens, template=template))
    trained.save(tmp_path)
    core, reader = trained.backend, AutoTokenizer.from_pretrained(tmp_path)
    alone = [" ".join(core.encode(text, add_special_tokens=False).tokens) for text in ("kamiro", "basol")]
    first, second = (frame.format(text) for frame, text in zip(around, alone, strict=True))
    assert " ".join(core.encode("kamiro").tokens) == first
    both = core.encode("kamiro", "basol")
    assert " ".join(both.tokens) == f"{first} {second}" and both.type_ids[-1] == 1
    assert reader("kamiro", "basol").input_ids == both.ids
    assert reader.decode(both.ids, skip_special_tokens=True).replace(" ", "") == "kamirobasol"


def test_with_byte_fallback_all_is_spelt_and_bytes_are_not_found_in_a_text(corpus, tmp_path):
    told = spec("bpe", False, byte_fallback=True)
    trained = train(corpus, told)
    trained.save(tmp_path)
    mine, reader = read_folder("x", tmp_path), AutoTokenizer.from_pretrained(tmp_path)
    assert mine.byte_fallback and int(mine.byte_ids.sum()) == 256 and mine.size == 700
    for text in ("ka ☃ 👩‍🚀 Ω", "<0x41> ka", "\x00\t"):
        ids = trained.backend.encode(text, add_special_tokens=False).ids
        assert mine.unk_id not in ids and reader(text, add_special_tokens=False).input_ids == ids
        assert trained.backend.decode(ids, skip_special_tokens=False) == text
    snowman = trained.backend.encode("☃", add_special_tokens=False).tokens
    assert snowman[-3:] == ["<0xE2>", "<0x98>", "<0x83>"]
    direct = train(corpus, spec("bpe", False, 600, byte_fallback=True)).backend
    assert parts(cut(trained.backend, 600, told))["model"] == parts(direct)["model"]


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"corpus": "nowhere"}, "corpus accepts 'sample'"),
        ({"special_tokens": ("a", "a")}, "each token once"),
        ({"special_tokens": ("eos=a", "eos=b")}, "each role once"),
        ({"special_tokens": ("eos=",)}, "lines such as"),
        ({"special_tokens": ("\ud800",)}, "lines such as"),
        ({"curve_sizes": "many"}, "whole numbers up to vocab_size"),
        ({"curve_sizes": "9000"}, "whole numbers up to vocab_size"),
        ({"algorithm": "best"}, "one of 'bpe', 'wordpiece', 'unigram'"),
        ({"byte_fallback": True}, "true only for bpe with byte_level false"),
        ({"byte_fallback": True, "byte_level": False, "algorithm": "unigram"}, "true only for bpe"),
        ({"byte_fallback": True, "byte_level": False, "vocab_size": 260}, "an alphabet of 256"),
        ({"template": "cls+sep"}, "'none' as long as no special token is cls or sep"),
        ({"template": "eos", "special_tokens": ()}, "such as eos=<s>"),
    ],
)
def test_bad_specs_are_refused(fields, message):
    with pytest.raises(SpecError, match=message):
        TokenizerSpec(**fields)
