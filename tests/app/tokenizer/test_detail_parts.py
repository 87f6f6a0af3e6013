"""The parts *Tokens*, *Stages* and *Round trip*: what they ask for, and what they show of the answers."""

from types import SimpleNamespace

import gradio as gr
import pytest

from app.identity import Visitor
from app.tokenizer import roundtrip_part, stages_part, tokens_part
from app.tokenizer.parts import Text
from app.tokenizer.stages_view import SHOWN_CHARS
from app.tokenizer.tokens_view import PAGE
from pipelines.core.errors import GlassworksError, SpecError
from pipelines.runtime.operations import TOKENIZERS
from pipelines.tokenization import requests as ask_for
from pipelines.tokenization.encode import encode
from pipelines.tokenization.replay.bpe import replay_bpe
from pipelines.tokenization.replay.unigram import lattice
from pipelines.tokenization.replay.wordpiece import replay_wordpiece
from tests.support.answering import answering
from tests.support.small_tokenizers import loaded

VISITOR = Visitor("owner", True, "owner")
REPLAYS = {"bpe": replay_bpe, "wordpiece": replay_wordpiece, "unigram": lattice}


@pytest.fixture
def asked(monkeypatch):
    """Requests are answered here and now, and listed."""
    found = []
    for part in (tokens_part, stages_part, roundtrip_part):
        monkeypatch.setattr(part, "ask", answering(TOKENIZERS, loaded, found))
    return found


def built(module):
    with gr.Blocks():
        return module.build(services=None)


def text_of(text, focus="bpe", special=False):
    return Text(text, (focus,) if focus else (), focus, special)


def names(found):
    return [type(request).__name__ for request in found]


@pytest.mark.parametrize("module", [tokens_part, stages_part, roundtrip_part])
def test_without_a_tokenizer_nothing_is_asked(module, asked):
    part = built(module)
    (first, *rest) = part.show(VISITOR, text_of("fox", ""), *("" for _ in part.inputs))
    assert "Choose a tokenizer" in first and len(rest) + 1 == len(part.outputs) and not asked


@pytest.mark.parametrize("kind", REPLAYS)
def test_each_kind_is_shown_in_each_part(kind, asked):
    text = text_of("The café fox <s>", kind, True)
    marks = {tokens_part: "gw-detail-table", stages_part: "gw-stage", roundtrip_part: "gw-trip"}
    for module, word in marks.items():
        part = built(module)
        shown = part.show(VISITOR, text, *("" for _ in part.inputs))
        assert word in shown[0] and len(shown) == len(part.outputs)
    assert names(asked) == ["TokensRequest", "StagesRequest", "ReplayRequest", "RoundTripRequest"]


def test_a_page_is_asked_for_and_the_token_is_marked(asked):
    part = built(tokens_part)
    (shown,) = part.show(VISITOR, text_of("the fox " * 500), 250)
    assert [(request.first, request.count) for request in asked] == [(200, PAGE)]
    assert "gw-marked" in shown and "gw-marked" not in part.show(VISITOR, text_of("the fox " * 500), 200)[0]


def test_beyond_the_end_of_a_shorter_text_is_its_last_page(asked):
    text = "the fox " * 100
    last = (len(encode(loaded("bpe"), text)) - 1) // PAGE * PAGE
    (shown,) = built(tokens_part).show(VISITOR, text_of(text), 5_000)
    assert [request.first for request in asked] == [5_000, last] and f">{last}</th>" in shown
    assert "No tokens" in built(tokens_part).show(VISITOR, text_of(""), 5_000)[0]


@pytest.mark.parametrize("value", [None, "7", True, float("nan"), -5, float("-inf"), [1], {}])
def test_what_is_no_number_of_a_token_is_the_first(value):
    assert tokens_part.number_of(value) == 0


def test_numbers_of_tokens():
    assert [tokens_part.number_of(v) for v in (7, 7.9, 1e300, float("inf"))] == [7, 7, 10**7, 10**7]


def test_a_chosen_word_stays_as_long_as_it_is_there(asked):
    part = built(stages_part)
    *_, focus, word = part.show(VISITOR, text_of("the quick fox"), "Ġfox")
    assert (focus, word) == ("bpe", "Ġfox") and asked[-1].word == "Ġfox"
    *_, word = part.show(VISITOR, text_of("the quick cat"), "Ġfox")
    assert word in ("the", "Ġquick", "Ġcat")


def test_a_long_text_is_cut_before_it_is_asked_about(asked):
    cards, *_ = built(stages_part).show(VISITOR, text_of("the fox " * 100_000), "")
    assert len(asked[0].text) == SHOWN_CHARS and "of 800,000 characters" in cards


def test_a_refused_replay_leaves_the_stages(asked, monkeypatch):
    answer = stages_part.ask

    def refusing(services, visitor, request):
        if isinstance(request, ask_for.ReplayRequest):
            raise GlassworksError("<b>too long</b>")
        return answer(services, visitor, request)

    monkeypatch.setattr(stages_part, "ask", refusing)
    cards, _, _, replay, *_ = built(stages_part).show(VISITOR, text_of("the fox"), "")
    assert "gw-stage" in cards and "&lt;b&gt;too long" in replay


@pytest.mark.parametrize("word", ["", None, 7, ["a"], "a" * 8_001])
def test_what_is_no_word_is_refused(word):
    with pytest.raises(SpecError, match="word"):
        stages_part.checked_word(word)


def test_what_the_browser_sends_as_a_word_is_checked(asked):
    services = SimpleNamespace(identity=SimpleNamespace(visitor=lambda request: VISITOR))
    with gr.Blocks():
        part = stages_part._Stages(services)
    for sent in (None, 7, ["fox"], {}):
        word, replay, kept = part._choose(None, "bpe", SimpleNamespace(value=sent))
        assert word == kept == "" and "accepts one or more characters" in replay
    word, replay, _ = part._choose(None, "bpe", SimpleNamespace(value="Ġsurprised"))
    assert word == "Ġsurprised" and "data-replay" in replay and names(asked) == ["ReplayRequest"]
    assert "at most 8,000 characters" in part._type(None, "bpe", "a" * 9_000)[0]
