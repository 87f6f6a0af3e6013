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
    found = curve(train(corpus, told), corpus, corpus[::7], told)
    assert found.by == (LEARNT if algorithm == "unigram" else CUT)
    assert [point.asked for point in found.points] == [540, 600, 700]
    rates = [point.bytes_per_token for point in found.points]
    assert rates == sorted(rates) and rates[0] < rates[-1]
    assert {p.bytes for p in found.points} == {sum(len(t.encode()) for t in corpus[::7])}


def test_a_curve_that_nobody_sized_ends_at_the_whole(corpus):
    told = spec(vocab_size=700)
    trained = train(corpus, told)
    points = curve(trained, corpus, corpus[:5], told).points
    assert points[-1].vocab_size == trained.size and points[0].vocab_size > told.smallest


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
    ],
)
def test_bad_specs_are_refused(fields, message):
    with pytest.raises(SpecError, match=message):
        TokenizerSpec(**fields)
