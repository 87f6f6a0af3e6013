"""Tokens, stages, replays and round trips as HTML: what was found, and no text of others as markup."""

import html
import json
import re
from html.parser import HTMLParser
from itertools import chain

import numpy as np
import pytest

from app.tokenizer import stage_words, stages_view
from app.tokenizer.components import sentence_of
from app.tokenizer.glyphs import code_point, glyph, glyph_text, glyphs_html, name_of, plain_text
from app.tokenizer.lattice_view import drawn, lattice_html
from app.tokenizer.replay_view import bpe_data, no_replay_html, replay_html
from app.tokenizer.roundtrip_view import LISTED, kind_of, roundtrip_html
from app.tokenizer.tokens_view import PAGE, page_start, tokens_html
from pipelines.tokenization.encode import encode
from pipelines.tokenization.replay.bpe import BpeReplay, Step, replay_bpe
from pipelines.tokenization.replay.unigram import Lattice, lattice
from pipelines.tokenization.replay.wordpiece import Match, WordPieceReplay, replay_wordpiece
from pipelines.tokenization.roundtrip import Difference, RoundTrip, round_trip
from pipelines.tokenization.rows import token_rows
from pipelines.tokenization.sources.any_file import read_bytes
from pipelines.tokenization.stage_view import Piece, Stage, stages
from tests.support.small_tokenizers import loaded, texts
from tests.support.source_files import sentencepiece_model

HOSTILE = "<img src=x onerror=alert(1)>\"'&<script>"
KINDS = ("bpe", "wordpiece", "unigram")


def shown_tokens(tokenizer, text, first=0, special=True, **given):
    rows = token_rows(encode(tokenizer, text, add_special_tokens=special), first, PAGE)
    return tokens_html(rows, text, HOSTILE, **given)


def shown_stages(tokenizer, text):
    return stages_view.stages_html(stages(tokenizer, text), text, len(text))


def words(document):
    """What a click on each piece sends."""
    return [json.loads(html.unescape(word)) for word in re.findall(r'data-word="([^"]*)"', document)]


def spoken(document):
    """The text without the tags."""
    return html.unescape(re.sub(r"<[^>]+>", "", document))


# --- nothing of it becomes markup ---------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_text_of_others_is_never_html(kind):
    tokenizer, text = loaded(kind), f"{HOSTILE} fox {HOSTILE}\u202e"
    trip = round_trip(tokenizer, encode(tokenizer, text))
    assert_clean(shown_tokens(tokenizer, text) + shown_stages(tokenizer, text) + roundtrip_html(text, trip))


def test_names_settings_and_replays_are_never_html():
    stage = Stage("normalizer", HOSTILE, {HOSTILE: HOSTILE}, (Piece(HOSTILE, 0, 5),), np.zeros((41, 2), int))
    long = Stage(HOSTILE, HOSTILE, {"a": HOSTILE * 9}, (Piece(HOSTILE, 0, 5, 7),))
    found = stages_view.stages_html((stage, long), HOSTILE, 99)
    merges = BpeReplay(HOSTILE, (HOSTILE, "a"), (Step(0, HOSTILE, "a", HOSTILE, 1),), (HOSTILE,))
    found += replay_html(merges) + replay_html(BpeReplay(HOSTILE, (HOSTILE,), (), (HOSTILE,), whole=True))
    match = Match(0, (HOSTILE, HOSTILE, "<b>"), "<b>")
    found += replay_html(WordPieceReplay(HOSTILE, (match, Match(1, (HOSTILE,), None)), (HOSTILE,), HOSTILE))
    arrays = (np.array([0]), np.array([len(HOSTILE)]), np.array([3]), np.array([-1.0]), np.array([True]))
    best = np.zeros(len(HOSTILE) + 1)
    found += replay_html(Lattice(HOSTILE, *arrays, best, np.array([0]), (HOSTILE,))) + no_replay_html(HOSTILE)
    assert_clean(found)


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.handlers, self.open = set(), [], 0

    def handle_starttag(self, tag, attributes):
        self.seen.add(tag)
        self.handlers += [name for name, _ in attributes if name.startswith("on")]
        self.open += tag not in ("input", "rect", "line")

    def handle_startendtag(self, tag, attributes):
        self.seen.add(tag)

    def handle_endtag(self, tag):
        self.open -= 1


def assert_clean(document):
    tags = _Tags()
    tags.feed(document)
    assert not tags.seen & {"img", "script"} and not tags.handlers and tags.open == 0
    assert "\u202e" not in document


# --- glyphs -------------------------------------------------------------------------------------------------
def test_what_cannot_be_seen_gets_a_sign():
    codes = (*range(0x20), 0x7F, 0xA0, 0xAD, 0x200B, 0x200D, 0x202E, 0x2028, 0xFE0F, 0xFEFF)
    for char in [*map(chr, codes), "\U000e0001", "\U000e0100", "\u3164", "\ue000"]:
        assert glyph(char) and char not in glyph_text(f"a{char}") and char not in glyphs_html(f"a{char}")
    assert not any(map(glyph, "aé日Ġ▁👩<"))
    assert glyph_text("\u0301") == "◌\u0301" and glyphs_html("") == '<span class="gw-space">∅</span>'
    assert plain_text("a b\u202e") == "a b[U+202E]"
    assert (code_point("é"), name_of("\n"), name_of("é")) == (
        "U+00E9",
        "LINE FEED",
        "LATIN SMALL LETTER E WITH ACUTE",
    )


# --- tokens -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_row_says_what_the_encoding_says(kind):
    tokenizer, text = loaded(kind), "the café 👩‍🚀 Ω"
    encoded = encode(tokenizer, text, add_special_tokens=True)
    rows = re.findall(r"<tr.*?</tr>", shown_tokens(tokenizer, text))[1:]
    assert len(rows) == len(encoded)
    for at, row in enumerate(rows):
        cells = [spoken(cell) for cell in re.findall(r"<t[dh].*?</t[dh]>", row)]
        token = re.sub(r"\[(U\+\w+)\]", r"\1", glyph_text(encoded.tokens[at]))
        assert cells[:3] == [str(at), token, str(encoded.ids[at])]
        if not encoded.added[at]:
            assert cells[4] == encoded.raw[at].hex(" ").upper()
            assert cells[5] == f"{encoded.start[at]}–{encoded.end[at]}"
        assert ("put around the text" in cells[6]) == encoded.added[at]
        assert ("unknown" in cells[6]) == encoded.unknown[at]


def test_tokens_of_one_character_are_joined_in_sight_and_in_words():
    shown = shown_tokens(loaded("bpe"), "a👩b")
    size = shown.count('gw-bracket"') + shown.count("gw-bracket gw-")
    assert size > 1 and shown.count("gw-bracket-top") == shown.count("gw-bracket-end") == 1
    assert [f"part {n} of {size} of “👩”" in shown for n in range(1, size + 1)] == [True] * size


def test_what_stands_for_half_a_character_is_explained_where_it_stands():
    assert "� stands for bytes" in shown_tokens(loaded("bpe"), "a👩b")
    assert "�" not in shown_tokens(loaded("bpe"), "the fox")


def test_byte_fallback_is_marked():
    tokenizer = read_bytes("sp", sentencepiece_model("bpe", True))
    shown = shown_tokens(tokenizer, "Ω☃")
    assert "byte fallback" in shown and "gw-byte-fallback" in shown and "&lt;0xE2&gt;" in shown


def test_pages():
    text = "the fox " * 400
    total = len(encode(loaded("bpe"), text))
    shown = shown_tokens(loaded("bpe"), text, first=100, special=False, marked=150)
    assert f"<strong>100–199</strong> of {total:,} tokens" in shown
    assert re.findall(r'data-token="(\d+)"', shown) == ["0", "0", "200", str((total - 1) // PAGE * PAGE)]
    assert shown.count("gw-marked") == 1 and shown.index("gw-marked") < shown.index(">150</th>")
    first = shown_tokens(loaded("bpe"), text, special=False)
    assert first.count(" disabled") == 2 and "data-token" not in shown_tokens(loaded("bpe"), "fox")
    assert page_start(10**7, total) + PAGE >= total > page_start(10**7, total)


def test_a_token_as_long_as_a_book_is_cut():
    shown = shown_tokens(loaded("wordpiece"), "Ω" * 100_000)
    assert len(shown) < 10_000 and "200,000 bytes" in shown


# --- stages -------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_every_stage_has_a_card_and_the_words_can_be_replayed(kind):
    for text in ["Once upon a café <s>", *texts(4, 10)]:
        found = stages(loaded(kind), text)
        shown = stages_view.stages_html(found, text, len(text))
        assert shown.count('<li class="gw-stage">') == len(found) + 1
        given = stage_words.words_stage(found).pieces
        pieces = [piece.text for piece in given if piece.id is None and piece.text]
        assert words(shown) == pieces
        assert all(stage_words.is_word(found, text, word) for word in pieces)
        first = stage_words.first_word(found, text)
        assert any(first in piece for piece in pieces) if pieces else first == ""
        ids = [str(piece.id) for piece in found[-1].pieces]
        assert re.findall(r", id </span>(\d+)", shown)[len(ids) * -1 :] == ids or not ids


def test_a_replay_begins_with_a_word_that_shows_something():
    text = "the 17 👩‍🚀 surprisingly"
    assert stage_words.first_word(stages(loaded("bpe"), text), text) == "Ġsurprisingly"
    sentencepiece, text = (
        read_bytes("sp", sentencepiece_model("bpe", True)),
        "the fox surprised the dog " * 50,
    )
    assert stage_words.first_word(stages(sentencepiece, text), text) == "▁surprised"
    assert stage_words.first_word(stages(loaded("bpe"), ""), "") == ""


def test_a_word_survives_the_page():
    odd = "a\x00\r\n\"'<>&\u2028\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16")
    found = (Stage("pre_tokenizer", "Whitespace", {}, (Piece(odd, 0, 9),)), Stage("model", "BPE", {}, ()))
    assert words(stages_view.stages_html(found, "x", 1)) == [odd]


def test_changes_are_marked_and_counted():
    shown = shown_stages(loaded("wordpiece"), "Naïve Fox")
    assert shown.count("<del") == shown.count("<ins") == 3 and "3 places replaced" in shown
    assert 'title="U+00EF → U+0069"' in shown
    assert "Changed nothing here." in shown_stages(loaded("wordpiece"), "fox")


def test_special_tokens_are_outlined_and_the_model_s_own_are_not():
    found = stages(loaded("wordpiece"), "fox <s> dog")
    assert stage_words.given_tokens(found) == {0, 1}
    sentencepiece = read_bytes("sp", sentencepiece_model("unigram"))
    assert not stage_words.given_tokens(stages(sentencepiece, "the  fox")) & {p.id for p in stages(
        sentencepiece, "the  fox")[-1].pieces}  # fmt: skip


def test_a_long_text_is_cut_and_says_so():
    text = stages_view.shown_part("the fox " * 100_000)
    assert len(text) == stages_view.SHOWN_CHARS
    found = stages(loaded("bpe"), text)
    shown = stages_view.stages_html(found, text, 800_000)
    assert f"first {len(text):,} of 800,000 characters" in shown and "more pieces" in shown
    assert len(shown) < 400_000


def test_every_component_of_the_library_is_explained():
    from tokenizers import models, normalizers, pre_tokenizers, processors

    modules = {"normalizer": normalizers, "pre_tokenizer": pre_tokenizers, "model": models,
               "post_processor": processors}  # fmt: skip
    bases = {"Normalizer", "PreTokenizer", "Model", "PostProcessor", "Sequence"}
    for part, module in modules.items():
        types = [name for name, value in vars(module).items() if isinstance(value, type)]
        made = [name for name in types if name[0].isupper() and name not in bases]
        assert len(made) > 3
        said = [sentence_of(part, name) for name in made]
        assert len({*said, sentence_of(part, "NotKnown")}) == len(made) + 1 and all(said), part


def test_what_has_no_steps_offers_no_replay():
    whole = (Stage("model", "WordLevel", {}, (Piece("a", 0, 1, 3),)),)
    assert not stage_words.replayed_model(whole) and not words(stages_view.stages_html(whole, "a", 1))
    assert words(stages_view.stages_html((Stage("model", "Bpe", {}, ()),), "a b", 3)) == ["a b"]


# --- replays ------------------------------------------------------------------------------------------------
def sent(document):
    return json.loads(html.unescape(re.search(r'data-replay="([^"]*)"', document)[1]))


def test_the_browser_gets_every_merge():
    for word in ("Ġsurprised", "ĠðŁĳ©âĢįðŁļĢ", "Ġthe", "Ġcroissants"):
        replay = replay_bpe(loaded("bpe"), word)
        data = sent(replay_html(replay))
        assert data == json.loads(json.dumps(bpe_data(replay)))
        pieces = list(data["symbols"])
        for count, (at, merged, rank) in enumerate(data["steps"]):
            assert pieces == replay.pieces(count) and rank == replay.steps[count].rank
            pieces[at : at + 2] = [merged]
        assert pieces == list(replay.tokens)


def test_merges_of_sentencepiece_too():
    replay = replay_bpe(read_bytes("sp", sentencepiece_model("bpe", True)), "▁the▁dog")
    data = sent(replay_html(replay))
    assert [step[1] for step in data["steps"]] == [step.merged for step in replay.steps]


def test_words_without_merges_say_why():
    assert "whole word is a token" in replay_html(BpeReplay("ab", ("ab",), (), ("ab",), whole=True))
    assert "One symbol" in replay_html(BpeReplay("a", ("a",), (), ("a",)))
    assert "No two neighbours" in replay_html(BpeReplay("ab", ("a", "b"), (), ("a", "b")))


def test_every_candidate_of_a_longest_match():
    replay = replay_wordpiece(loaded("wordpiece"), "foxcafe")
    shown = replay_html(replay)
    tried = [match.candidates[:-1] for match in replay.matches]
    assert [spoken(one) for one in re.findall(r'(?<=gw-tried">).*?(?=</s>)', shown)] == [*chain(*tried)]
    assert re.findall(r'gw-found">(.*?)</span>', shown) == list(replay.tokens)
    unknown = replay_html(replay_wordpiece(loaded("wordpiece"), "foxΩ"))
    assert "none of them is in the vocabulary" in unknown and "becomes the unknown token" in unknown
    long = replay_html(replay_wordpiece(loaded("wordpiece"), "a" * 5_000))
    assert "more than 100 characters" in long
    many = WordPieceReplay("x" * 90, (Match(0, tuple("x" * n for n in range(90, 0, -1)), "x"),), ("x",))
    shown = replay_html(many)
    assert shown.count("gw-tried") == 14 and "75 shorter" in shown


def test_the_lattice_is_drawn_node_by_node():
    found = lattice(loaded("unigram"), "▁crowdsΩ")
    shown, picture = lattice_html(found), drawn(lattice(loaded("unigram"), "▁crowdsΩ"))
    assert sorted(picture.nodes) == list(range(len(found.ids)))
    assert shown.count("<rect") == len(found.ids) and shown.count("gw-on-path") == len(found.path)
    assert shown.count("gw-node-unknown") == int(found.unknown.sum()) == 1
    on_path = {node for node, lane in zip(picture.nodes, picture.lanes, strict=True) if lane == 0}
    assert on_path == set(found.path.tolist())
    assert f"{found.best[-1]:.2f}".replace("-", "−") in shown
    spans = {}
    for node, lane in zip(picture.nodes, picture.lanes, strict=True):
        for place in range(found.start[node], found.end[node]):
            assert spans.setdefault((lane, place), node) == node


def test_a_long_lattice_is_bounded_and_says_so():
    found = lattice(loaded("unigram"), "▁surprised" * 200)
    shown = lattice_html(found)
    assert len(drawn(found).nodes) <= 520 and "within the first 120 of 2,000 characters" in shown
    assert len(shown) < 600_000 and "No character" in lattice_html(lattice(loaded("unigram"), ""))


# --- round trip ---------------------------------------------------------------------------------------------
def test_the_same_is_said_first():
    text = "née 👩‍🚀"
    shown = roundtrip_html(text, round_trip(loaded("bpe"), encode(loaded("bpe"), text)))
    assert "✓ The same." in shown and f"All {len(text)} characters" in shown and "<del" not in shown


def test_differences_in_context_with_their_characters():
    text = "Naïve\tdog Fox\u200d"
    trip = round_trip(loaded("wordpiece"), encode(loaded("wordpiece"), text))
    shown = roundtrip_html(text, trip)
    assert "✗ Not the same." in shown and f"{len(trip.differences)} differences" in shown
    assert "LATIN SMALL LETTER I WITH DIAERESIS" in shown and "CHARACTER TABULATION" in shown
    assert "1 accent" in shown and "1 lost" in shown and ">→</span></del>" in shown
    assert kind_of("é", "e\u0301") == "normal form" and kind_of("", "x") == "added"
    assert kind_of("①", "1") == "compatibility form" and kind_of("x", "[UNK]") == "replaced"
    assert kind_of("ﬁ", "fi") == "compatibility form" and kind_of("ß", "SS") == "letter case"


def test_many_differences_are_listed_in_part():
    text = "Ab " * 400
    trip = round_trip(loaded("wordpiece"), encode(loaded("wordpiece"), text))
    shown = roundtrip_html(text * 9, trip)
    assert shown.count("<tr>") == LISTED + 1 and f"… and {len(trip.differences) - LISTED:,} more." in shown
    one = RoundTrip("b" * 90_000, False, (Difference(0, 90_000, 0, 90_000),), False)
    shown = roundtrip_html("a" * 90_000, one)
    assert len(shown) < 8_000 and "At least 1 difference" in shown
