"""Encoding, stages, replays, alignment, round trip and measures: identities against the libraries."""

import json

import numpy as np
import pytest

from pipelines.core.errors import GlassworksError, SpecError
from pipelines.tokenization.align import align
from pipelines.tokenization.encode import encode
from pipelines.tokenization.measures import SAMPLE, compression_by_language, count_words, measure, price
from pipelines.tokenization.replay.bpe import replay_bpe
from pipelines.tokenization.replay.unigram import lattice
from pipelines.tokenization.replay.wordpiece import replay_wordpiece
from pipelines.tokenization.roundtrip import differences, round_trip
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.stage_view import stages
from tests.support.small_tokenizers import loaded, texts
from tests.support.source_files import sentencepiece_model

REPLAYS = {"bpe": replay_bpe, "unigram": lattice, "wordpiece": replay_wordpiece}
LIBRARY = ("bpe", "wordpiece", "unigram")
SENTENCEPIECE = (("bpe", False), ("bpe", True), ("unigram", False), ("unigram", True))


def made(which):
    return loaded(which) if isinstance(which, str) else read_bytes("sp", sentencepiece_model(*which))


@pytest.fixture(params=[*LIBRARY, *SENTENCEPIECE], ids=str)
def tokenizer(request):
    return made(request.param)


def test_columns_say_what_the_library_says(tokenizer):
    for text in [*texts(5, 40), "x" * 50_000]:
        for special in (False, True):
            encoded, theirs = (
                encode(tokenizer, text, add_special_tokens=special),
                tokenizer.backend.encode(text, add_special_tokens=special),
            )
            assert encoded.ids.tolist() == theirs.ids
            assert [*zip(encoded.start.tolist(), encoded.end.tolist(), strict=True)] == theirs.offsets


def test_raw_bytes_are_the_text_and_groups_are_characters():
    encoded = encode(loaded("bpe"), "née 👩‍🚀 日本")
    assert b"".join(encoded.raw).decode() == encoded.text
    for group in np.unique(encoded.group):
        b"".join(r for r, g in zip(encoded.raw, encoded.group, strict=True) if g == group).decode()


@pytest.mark.parametrize("text", ["ab\ud83d", None, b"x"])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(SpecError, match="character 2" if isinstance(text, str) else "text"):
        encode(loaded("bpe"), text)


def test_stages_end_with_the_ids_of_encode(tokenizer):
    for text in texts(6, 30):
        found, theirs = stages(tokenizer, text), tokenizer.backend.encode(text)
        assert [(p.id, (p.start, p.end)) for p in found[-1].pieces] == [
            *zip(theirs.ids, theirs.offsets, strict=True)
        ]
        assert all(s.origins is None or len(s.origins) == len(s.text) for s in found)


@pytest.mark.parametrize("kind", LIBRARY)
def test_a_replay_ends_with_the_tokens_of_the_library(kind):
    tokenizer = loaded(kind)
    words = {p.text for t in texts(7, 40) for s in stages(tokenizer, t) if s.part == "pre_tokenizer"
             for p in s.pieces if p.id is None}  # fmt: skip
    assert len(words) > 30
    for word in words:
        ids = [tokenizer.backend.token_to_id(token) for token in REPLAYS[kind](tokenizer, word).tokens]
        assert ids == [token.id for token in tokenizer.backend.model.tokenize(word)], word


@pytest.mark.parametrize("which", SENTENCEPIECE, ids=str)
def test_a_replay_ends_with_the_pieces_of_sentencepiece(which):
    tokenizer = made(which)
    for text in [*texts(8, 40), "a<x>b the<x><x>", "a" * 3000]:
        normalized = tokenizer.backend.processor.normalize(text)
        assert list(REPLAYS[which[0]](tokenizer, normalized).tokens) == tokenizer.backend.encode(text).tokens


def test_steps_lead_from_symbols_to_tokens():
    replay = replay_bpe(loaded("bpe"), "Ġsurprised")
    assert replay.pieces(0) == list(replay.symbols) and replay.pieces(len(replay.steps)) == list(
        replay.tokens
    )
    assert all(step.merged == step.left + step.right for step in replay.steps)


def test_the_best_path_has_the_best_score():
    found = lattice(loaded("unigram"), "▁surprised")
    assert found.score[found.path].sum() == pytest.approx(found.best[-1])
    assert found.start[found.path].tolist()[1:] == found.end[found.path].tolist()[:-1]


def test_a_replay_of_another_kind_is_refused():
    with pytest.raises(GlassworksError, match="merges are BPE's"):
        replay_bpe(loaded("wordpiece"), "a")


def test_alignment():
    pair = [encode(loaded(kind), "the fox 👩‍🚀") for kind in ("bpe", "unigram")]
    found = align(pair)
    assert not align([pair[0], pair[0]]).differs.any()
    assert "".join(pair[0].text[a:b] for a, b in found.segments) == pair[0].text
    assert found.boundaries.all(axis=0)[found.segments[:, 0]].all()
    with pytest.raises(SpecError):
        align([])


def test_round_trip_and_its_differences():
    for text in texts(9, 40):
        assert round_trip(loaded("bpe"), encode(loaded("bpe"), text)).same
        back = round_trip(loaded("wordpiece"), encode(loaded("wordpiece"), text))
        at, rebuilt = 0, []
        for one in back.differences:
            rebuilt += [text[at : one.start], back.back[one.back_start : one.back_end]]
            at = one.end
        assert "".join(rebuilt) + text[at:] == back.back
    assert len(differences("ab" * 5000, "AB" * 5000)[0]) == 1
    assert differences("a1" * 50, "a2" * 50, limit=3)[1] is False


def test_measures():
    tokenizer = loaded("wordpiece")
    encoded = encode(tokenizer, "the fox Ω", add_special_tokens=True)
    found = measure(tokenizer, encoded)
    assert found.tokens == len(encoded) - 2 and found.words == 3 and found.bytes == 10
    assert found.fertility == pytest.approx(found.tokens / 3) and found.unknown_rate > 0
    assert measure(tokenizer, encode(tokenizer, "")).characters_per_token == 0
    assert count_words("Don't stop, 3 times! 犬が") == 6
    assert price(2_000_000, 1.5) == 3.0
    for bad in (-1, float("nan"), "1", True):
        with pytest.raises(SpecError):
            price(1, bad)


def test_the_sample_of_languages():
    entries = json.loads(SAMPLE.read_text(encoding="utf-8"))["languages"]
    assert len(entries) >= 14 and len({entry["script"] for entry in entries}) >= 9
    rows = compression_by_language(loaded("bpe"))
    assert rows[0].code == "en" and rows[0].premium == 1 and all(row.measures.tokens for row in rows)
