"""Ids are the reference libraries' own, and files that are no tokenizers say so."""

import io

import pytest
import tiktoken
from sentencepiece import SentencePieceProcessor
from tiktoken_ext import openai_public

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY
from pipelines.models import minilm
from pipelines.tokenization.encode import encode
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.sources.folder import read_folder
from pipelines.tokenization.sources.rank_file import merges_of
from pipelines.tokenization.sources.split_patterns import PATTERNS
from tests.support.small_tokenizers import backend, texts
from tests.support.source_files import rank_file, ranks, sentencepiece_model

HARD = [
    *texts(11, 60),
    "a" * 50_000,
    "don't ſ'S 'LL\u2028 12345 \r\n\r\n  x",
    "\x00\x00",
    "שלום עולם",
    "e\u0301\u0300",
]


# as Meta's reference code gives it to tiktoken
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_ranks_encode_as_tiktoken_does(pattern, monkeypatch):
    monkeypatch.setattr(openai_public, "load_tiktoken_bpe", lambda *_, **__: ranks())
    monkeypatch.setattr(openai_public, "data_gym_to_mergeable_bpe_ranks", lambda *_, **__: ranks())
    known = openai_public.ENCODING_CONSTRUCTORS
    regex = known[pattern]()["pat_str"] if pattern in known else _LLAMA3
    theirs = tiktoken.Encoding("small", pat_str=regex, mergeable_ranks=ranks(), special_tokens={})
    ours = read_bytes("small.tiktoken", rank_file(ranks()), pattern=pattern)
    for text in HARD:
        assert encode(ours, text).ids.tolist() == theirs.encode_ordinary(text), text[:80]


def test_llama_3_s_special_tokens_follow_its_ranks():
    special = PATTERNS["llama3"].special
    assert len(special) == 256 and sorted(special.values()) == list(range(128_000, 128_256))
    assert special["<|eot_id|>"] == 128_009 and special["<|reserved_special_token_250|>"] == 128_255


def test_each_learnt_token_has_one_merge():
    assert [left + right for left, right in merges_of(ranks())] == [t for t in ranks() if len(t) > 1]


@pytest.mark.parametrize(
    ("kind", "fallback"), [("bpe", False), ("bpe", True), ("unigram", False), ("unigram", True)]
)
def test_sentencepiece_ids_and_special_pieces(kind, fallback):
    data = sentencepiece_model(kind, fallback)
    theirs, ours = SentencePieceProcessor(model_proto=data), read_bytes("m", data)
    assert ours.kind == kind and ours.byte_fallback is fallback and ours.special["unk_token"] == "<unk>"
    for text in [*HARD, "a<x>b"]:
        encoded = encode(ours, text)
        assert encoded.ids.tolist() == theirs.encode(text), text[:80]
        assert ours.backend.decode(encoded.ids) == theirs.decode(theirs.encode(text))


def test_house_model_and_minilm():
    house = read_folder("house/story-base", REPOSITORY / "assets" / "models" / "story-base")
    found = read_folder("MiniLM", minilm.folder())
    assert house.byte_level and house.special["eos_token"] == "<|endoftext|>"
    encoded = encode(found, "Hello world", add_special_tokens=True)
    assert encoded.tokens == ("[CLS]", "hello", "world", "[SEP]")  # not padded to 128, as its file asks


def test_chat_template_of_a_folder(tmp_path):
    (tmp_path / "tokenizer.json").write_text(backend("bpe").to_str())
    (tmp_path / "tokenizer_config.json").write_text(
        '{"eos_token": {"content": "</s>"}, "chat_template": "A"}'
    )
    assert read_folder("x/y", tmp_path).chat_template == "A"
    (tmp_path / "chat_template.jinja").write_text("B")
    assert read_folder("x/y", tmp_path).chat_template == "B"
    assert read_folder("x/y", tmp_path).special == {"eos_token": "</s>"}


def without(rank: int) -> dict[bytes, int]:
    return {token: r for token, r in ranks().items() if r != rank}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"{nonsense", "not JSON"),
        (b"[1, 2]", "no object"),
        (b"[" * 100_000, "not JSON"),
        (b'{"a": 1}', "no 'model'"),
        (b'{"model": {"type": "BPE", "vocab": {}, "merges": [["a", "b"]]}}', "refuses"),
        (b'{"model": {"type": "WordLevel", "vocab": {"a": 900000000}, "unk_token": "a"}}', "900,000,000"),
        (b"Once upon a time", "text, but no tokenizer"),
        (rank_file(without(300)), "Rank 300 is missing"),
        (rank_file(without(65)), "Rank 65 is missing"),
        (rank_file(ranks()) + b"enp6 300\n", "Rank 300 stands twice"),
        (rank_file(ranks()) + b"?? 1\n", "is no token"),
        (b"\x00\x01\x02\x03", "no whole SentencePiece model"),
        (sentencepiece_model("bpe")[:1000], "cut off"),
        (sentencepiece_model("bpe")[:-3], "no whole SentencePiece model"),
    ],
)
def test_what_is_no_tokenizer_is_refused(data, said):
    with pytest.raises(GlassworksError, match=said):
        read_bytes("upload", data)


def test_a_panic_of_the_library_is_an_error():
    bad = b'{"normalizer": {"type": "Precompiled", "precompiled_charsmap": "AAAA"}, "model": {"type": "WordLevel",'  # noqa: E501
    with pytest.raises(GlassworksError, match="refuses"):
        read_bytes(
            "upload", bad + b' "vocab": {"a": 0}, "unk_token": "a"}, "version": "1.0", "added_tokens": []}'
        )


def test_sentencepiece_is_no_pickle():
    import pickle

    with pytest.raises(GlassworksError):
        read_bytes("upload", pickle.dumps(io.BytesIO))
