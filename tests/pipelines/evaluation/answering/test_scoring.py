"""Log-probabilities are lm-evaluation-harness's, whatever is read together."""

import random
from inspect import signature

import numpy as np
import pytest
import torch

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.answering import scoring
from pipelines.evaluation.answering.encoding import Encoder
from pipelines.evaluation.answering.scoring import Scorer, window_of
from pipelines.evaluation.records import Ask
from pipelines.models.virtual import left_by, put_before
from tests.support.adapters import wrap
from tests.support.harness import log_probs
from tests.support.tiny_models import tiny

WORDS = ("Anna", "found", "a", "red", "kite", "by", "the", "river", "The", "little", "dog", "barked", "at")
BRANCHING = ("gpt2", "llama", "qwen3", "gpt_neox", "opt", "falcon")
ALONE = ("bloom", "mpt", "mamba", "gpt_neo")
WINDOWED = ("mistral", "gemma2", "gemma3", "gpt_oss")


def some_asks(seed: int = 1) -> list[tuple[str, str]]:
    """Items with options, with examples before them, without a context, and twice the same."""
    rnd = random.Random(seed)
    text = lambda n: " ".join(rnd.choice(WORDS) for _ in range(n))  # noqa: E731
    shots, asks = text(30), []
    for _ in range(5):
        context = text(rnd.randint(2, 9))
        asks += [(context, f" {text(rnd.randint(1, 5))}") for _ in range(rnd.randint(1, 4))]
    for _ in range(8):
        context = f"{shots}\n\n{text(rnd.randint(2, 6))}"
        asks += [(context, f" {letter}") for letter in "ABC"] + [(context, text(3))]
    return [*asks, ("", "Anna found"), ("", "Anna"), ("the dog ", " barked"), asks[0]]


def check(loaded, asks, **given):
    encoder, scorer = Encoder(loaded), Scorer(loaded, **given)
    found = scorer.score(encoder.readings([Ask(*ask) for ask in asks]))
    wanted = log_probs(loaded, asks)
    for one, (log_prob, greedy) in zip(found, wanted, strict=True):
        assert float(one.log_probs.sum()) == pytest.approx(log_prob, rel=1e-6, abs=5e-5)
        assert bool(one.greedy.all()) is greedy
    return scorer


def branches(loaded) -> bool:
    return loaded.notes[scoring._NOTE]


@pytest.mark.parametrize("family", BRANCHING + ALONE)
def test_every_family_scores_as_in_the_harness(family):
    loaded = tiny(family)
    check(loaded, some_asks())
    assert branches(loaded) is (family in BRANCHING)


@pytest.mark.parametrize("family", WINDOWED)
@pytest.mark.parametrize("window", [5, 48])
def test_a_window_is_heeded(family, window):
    """With the small one all is read text by text; with the larger one what fits in it is not."""
    loaded = tiny(family, sliding_window=window)
    assert window_of(loaded.model) == window
    check(loaded, some_asks())
    assert branches(loaded) is (window == 48)


def test_what_does_not_fit_in_the_context_loses_its_beginning():
    loaded = tiny("llama")
    long = "a b c d e f " * 40
    check(loaded, [(long, " kite"), (long, " dog barked"), ("Anna", " a b" * 40), ("Anna", " found")])


@pytest.mark.parametrize("tokens", [1, 30, 100_000])
def test_how_much_is_read_at_once_changes_nothing(tokens):
    check(tiny("gpt2"), some_asks(), batch_tokens=tokens)


def test_examples_are_read_once(monkeypatch):
    """Of 32 asks after the same examples."""
    loaded, read = tiny("llama"), []
    scorer, encoder = Scorer(loaded), Encoder(loaded)
    shots = " ".join(WORDS * 3)
    readings = encoder.readings([Ask(f"{shots} {word}\nAnswer:", f" {x}") for word in WORDS for x in "AB"])
    real = type(loaded.model).forward
    noting = lambda self, input_ids=None, **given: (  # noqa: E731
        read.append(input_ids.numel()),
        real(self, input_ids=input_ids, **given),
    )[1]
    noting.__signature__ = signature(real)
    monkeypatch.setattr(type(loaded.model), "forward", noting)
    scorer.score(readings)
    shared = len(loaded.tokenizer(shots).input_ids)
    assert sum(read) < shared + 12 * len(readings) < sum(len(one.read) for one in readings) / 3


def test_a_model_with_virtual_tokens_is_read_text_by_text():
    loaded, base = tiny("llama"), tiny("llama")
    words = [17, 94, 201]
    put_before(loaded.model, left_by(base.model, base.model.get_input_embeddings()(torch.tensor(words))))
    readings = Encoder(loaded).readings([Ask(*ask) for ask in some_asks()[:8]])
    found = Scorer(loaded).score(readings)
    assert not branches(loaded)
    for reading, one in zip(readings, found, strict=True):
        ids = torch.tensor([[*words, *reading.ids]])
        wanted = base.model(ids).logits[0, :-1].log_softmax(-1)[torch.arange(ids.shape[1] - 1), ids[0, 1:]]
        assert np.allclose(one.log_probs, wanted[-reading.scored :], atol=2e-5)


def test_an_adapter_s_weights_count():
    loaded = tiny("llama")
    merged = wrap(tiny("llama").model).merge_and_unload()
    adapted = type(loaded)("adapted", merged.eval(), loaded.tokenizer, loaded.context_length, 0)
    check(adapted, some_asks()[:8])
    readings = Encoder(loaded).readings([Ask("Anna", " found")])
    assert Scorer(loaded).score(readings)[0].log_probs != Scorer(adapted).score(readings)[0].log_probs


def test_who_listens_hears_of_each_once_and_may_stop():
    loaded, heard = tiny("gpt2"), []
    asks = [*some_asks(), ("the dog", "")]
    readings = Encoder(loaded).readings([Ask(*ask) for ask in asks])
    scorer = Scorer(loaded, batch_tokens=40)
    found = scorer.score(readings, heard.append)
    assert sorted(number for some in heard for number in some) == list(range(len(asks))) and len(heard) > 5
    assert found[-1].log_probs.size == 0 and found[-1].greedy.all()

    def stop(some):
        raise InterruptedError

    with pytest.raises(InterruptedError):
        scorer.score(readings, stop)


def test_where_memory_is_short_fewer_are_read_at_once(monkeypatch):
    loaded = tiny("llama")
    scorer, readings = Scorer(loaded), Encoder(loaded).readings([Ask(*ask) for ask in some_asks()])
    wanted = scorer.score(readings)
    real, rows = Scorer._forward, []

    def short(self, trees, group, stem):
        rows.append(len(trees))
        if len(trees) > 2:
            raise torch.OutOfMemoryError("no room")
        return real(self, trees, group, stem)

    monkeypatch.setattr(Scorer, "_forward", short)
    found = scorer.score(readings)
    assert max(rows) > 2
    assert all(np.allclose(a.log_probs, b.log_probs, atol=2e-5) for a, b in zip(found, wanted, strict=True))
    monkeypatch.setattr(Scorer, "_forward", lambda *_: short(None, [0] * 3, None, None))
    with pytest.raises(GlassworksError, match="does not fit in the memory"):
        scorer.score(readings)


def test_a_fault_that_is_none_of_memory_is_told():
    scorer = Scorer(tiny("gpt2"))
    scorer._forward = lambda *_: (_ for _ in ()).throw(RuntimeError("shapes"))
    with pytest.raises(RuntimeError, match="shapes"):
        scorer.score(Encoder(tiny("gpt2")).readings([Ask("Anna", " found")]))


def test_a_model_that_continues_no_text_is_refused():
    with pytest.raises(GlassworksError, match="Choose a model that continues text"):
        Scorer(tiny("bert"))
