"""What a normaliser changed: read back, the runs are the texts before and after; and they say the least."""

import json
from itertools import pairwise

import pytest
from tokenizers import Regex, Tokenizer, models, normalizers

from pipelines.tokenization.changes import Run, Spelt, compare, runs
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.sources.tokenizer_json import from_backend
from pipelines.tokenization.stage_view import stages
from tests.support.small_tokenizers import loaded, texts
from tests.support.source_files import sentencepiece_model

NORMALIZERS = {
    "accents": normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
    "bert": normalizers.BertNormalizer(),
    "bytes": normalizers.ByteLevel(),
    "cut": normalizers.Sequence([normalizers.Replace(Regex(" +"), " "), normalizers.Strip()]),
    "metaspace": normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]),
    "nfkc": normalizers.Sequence([normalizers.NFKC(), normalizers.Nmt(), normalizers.Lowercase()]),
    "nothing": normalizers.Replace(Regex("(?m)."), ""),
}


def with_normalizer(normalizer):
    core = Tokenizer(models.WordLevel({"a": 0, "[UNK]": 1}, unk_token="[UNK]"))
    core.normalizer = normalizer
    return from_backend("x", core, json.loads(core.to_str()), {})


def changes(tokenizer, text):
    """For each normaliser stage (text before, text after, runs)."""
    previous, before = None, text
    for stage in stages(tokenizer, text):
        if stage.part == "normalizer":
            yield before, stage, [run for piece in stage.pieces for run in runs(text, previous, stage, piece)]
            previous, before = stage, stage.text


@pytest.mark.parametrize("name", NORMALIZERS)
def test_runs_lead_from_one_text_to_the_other(name):
    tokenizer = with_normalizer(NORMALIZERS[name])
    for text in [*texts(11, 40), "  Äb\x00 ﬁ日本é  ", " " * 300]:
        for before, stage, found in changes(tokenizer, text):
            assert "".join(run.before for run in found) == before, (stage.name, text)
            assert "".join(run.after for run in found) == stage.text
            assert all(one.changed != two.changed for one, two in pairwise(found))


@pytest.mark.parametrize("which", [("bpe", True), ("unigram", False)], ids=str)
def test_those_of_sentencepiece_too(which):
    tokenizer = read_bytes("sp", sentencepiece_model(*which))
    for text in texts(12, 40):
        for before, stage, found in changes(tokenizer, text):
            assert "".join(run.before for run in found) == before, (stage.name, text)
            assert "".join(run.after for run in found) == stage.text


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("accents", "né", [[("é", "e\u0301")], [("\u0301", "")]]),
        ("bert", "A日\x00b", [[("A", "a "), ("\x00", " ")]]),  # changes that touch are one
        ("metaspace", "a b", [[("", "▁")], [(" ", "▁")]]),
        ("cut", " a  b", [[(" ", "")], [(" ", "")]]),
        ("nothing", "ab", [[("ab", "")]]),
    ],
)
def test_only_what_changed_is_marked(name, text, expected):
    found = [
        [(run.before, run.after) for run in found if run.changed]
        for _, _, found in changes(with_normalizer(NORMALIZERS[name]), text)
    ]
    assert found == expected


def test_added_tokens_are_left_alone():
    text = "THE <s> Fox"
    (before, stage, found), *_ = changes(loaded("wordpiece"), text)
    assert before == text and "".join(run.after for run in found) == "the <s> fox" == stage.text
    assert Run("<s>", "<s>") in found


def test_texts_of_nothing():
    assert compare(Spelt("", ()), Spelt("", ())) == ()
    assert compare(Spelt("a", ((0, 1),)), Spelt("", ())) == (Run("a", ""),)
