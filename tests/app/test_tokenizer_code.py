"""The script that a visitor takes away learns what the app learns: it is run, not read."""

import runpy

import pytest
from tokenizers import Tokenizer

from app.tokenizer_code import tokenizer_code
from pipelines.tokenization.specs import TokenizerSpec
from pipelines.tokenization.train import train
from tests.support.small_tokenizers import SENTENCES

BERT = ("pad=[PAD]", "unk=[UNK]", "cls=[CLS]", "sep=[SEP]", "mask+lstrip=[MASK]")
TEXTS = [f"{sentence} {number}" for number in range(40) for sentence in SENTENCES]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"split_digits": False, "special_tokens": ("bos+eos=<|endoftext|>",), "held_out": 0},
        {"byte_level": False, "byte_fallback": True, "vocab_size": 700},
        {"byte_level": False, "normalizer": "nfkc", "lowercase": True, "vocab_size": 300},
        {"algorithm": "wordpiece", "vocab_size": 700},
        {
            "algorithm": "wordpiece",
            "byte_level": False,
            "strip_accents": True,
            "template": "cls+sep",
            "special_tokens": BERT,
            "vocab_size": 400,
        },
        {"algorithm": "unigram", "byte_level": False, "template": "eos", "vocab_size": 300},
    ],
)
def test_the_script_learns_the_same(fields, tmp_path, monkeypatch, capsys):
    spec = TokenizerSpec(**{"vocab_size": 500, **fields})
    (tmp_path / "corpus.txt").write_text("\n<|endoftext|>\n".join(TEXTS), encoding="utf-8")
    (tmp_path / "script.py").write_text(code := tokenizer_code(spec), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runpy.run_path("script.py")
    assert capsys.readouterr().out.startswith("["), code
    theirs = Tokenizer.from_file("tokenizer.json")
    every = round(1 / spec.held_out) if spec.held_out else len(TEXTS) + 1
    ours = train([t for n, t in enumerate(TEXTS, 1) if n % every], spec).backend
    kind = set if spec.algorithm == "unigram" else dict  # its order is not settled
    assert kind(theirs.get_vocab()) == kind(ours.get_vocab())
    for text in (*SENTENCES, "Naïve ☃ 2026 [MASK] <0x41>"):
        one, other = theirs.encode(text), ours.encode(text)
        assert one.tokens == other.tokens
        assert theirs.decode(one.ids) == ours.decode(other.ids)


def test_only_what_is_used_is_imported():
    plain = tokenizer_code(TokenizerSpec())
    assert "normalizers" not in plain and "processors" not in plain and "import json" not in plain
    assert "import json" in tokenizer_code(TokenizerSpec(byte_level=False, byte_fallback=True))
