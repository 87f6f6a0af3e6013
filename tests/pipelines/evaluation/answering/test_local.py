"""A model in memory answers in the order it is asked; what it writes is what lm-evaluation-harness has it
write.
"""

import copy
import gzip
import json
from dataclasses import replace
from itertools import islice

import pytest

from pipelines.core.errors import GlassworksError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.evaluation.answering.local import LocalAnswerer
from pipelines.evaluation.answering.opened import opened
from pipelines.evaluation.records import Ask, Said, Write
from tests.support.adapters import save_adapter, wrap
from tests.support.chat_templates import CHATML
from tests.support.harness import log_probs, written
from tests.support.tiny_models import build, tiny, tokenizer

HOUSE = REPOSITORY / "assets" / "models" / "story-base"
ARC = REPOSITORY.parent / "shared" / "data" / "eval" / "arc_easy.jsonl.gz"
LONG = "Anna found a red kite by the river. The dog barked. "
TEXTS = ("Anna", LONG * 2, "The little dog", "Once upon a time a cat", "kite", LONG * 12)


def test_what_is_said_of_an_ask():
    heard = []
    model = LocalAnswerer(tiny("llama"), advance=heard.append, pieces=True)
    asks = [Ask("Anna ", "found a kite"), Ask(LONG * 12, " kite"), Ask("Anna ", "found a kite")]
    first, cut, again = model.score(asks)
    assert first == again and sum(heard) == 3
    assert "".join(piece for piece, _ in first.pieces) == " found a kite"
    assert first.tokens == len(first.pieces)
    assert first.log_prob == pytest.approx(sum(value for _, value in first.pieces))
    assert first.cut == 0 < cut.cut
    (plain,) = LocalAnswerer(tiny("llama")).score(asks[:1])
    assert plain == Said(pytest.approx(first.log_prob), first.greedy, first.tokens)
    assert model.scores() and model.score([]) == []


@pytest.mark.parametrize("family", ["gpt2", "llama", "gemma2"])
def test_greedy_texts_are_the_harness_s(family):
    loaded = tiny(family)
    model = LocalAnswerer(loaded)
    for until, new in (((), 12), ((" ",), 20), (("e", "a"), 30), ((), 100)):
        found = model.write([Write(text, until, new) for text in TEXTS])
        wanted = written(loaded, [(text, {"until": list(until), "max_gen_toks": new}) for text in TEXTS])
        assert [texts for (texts,) in found] == wanted


def test_texts_of_different_lengths_come_in_the_order_they_were_asked():
    heard = []
    model = LocalAnswerer(tiny("gpt2"), advance=heard.append)
    writes = [Write(text, max_new_tokens=3 + at) for at, text in enumerate(TEXTS)]
    assert model.write(writes) == [model.write([one])[0] for one in writes]
    assert sum(heard) == 2 * len(TEXTS)
    assert model.write([]) == []


def test_samples_differ_and_depend_on_their_seed_alone():
    model = LocalAnswerer(tiny("llama"))
    drawn = Write("Anna", max_new_tokens=8, temperature=1.0, samples=4, seed=3)
    (four,) = model.write([drawn])
    assert len(set(four)) == 4
    assert model.write([Write("kite"), drawn])[1] == four
    assert model.write([replace(drawn, seed=4)])[0] != four
    (greedy,) = model.write([replace(drawn, temperature=0.0)])
    assert len(greedy) == 4 and len(set(greedy)) == 1


def test_an_end_in_words_ends_a_text():
    """A stop string that is a token of its own, which is not shown, and one that is not."""
    loaded = tiny("llama")
    whole = LocalAnswerer(loaded).write([Write("The little dog", max_new_tokens=30)])[0][0]
    middle = whole[3:5]
    (cut,) = LocalAnswerer(loaded).write([Write("The little dog", (middle,), 30)])
    assert cut == (whole[: whole.index(middle)],)


def test_who_listens_may_stop():
    def stop(count):
        raise InterruptedError

    model = LocalAnswerer(tiny("gpt2"), advance=stop)
    with pytest.raises(InterruptedError):
        model.score([Ask("Anna", " found")])
    with pytest.raises(InterruptedError):
        model.write([Write("Anna")])


def test_a_conversation_is_a_context_by_the_model_s_template():
    loaded = tiny("llama")
    messages = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hi"}]
    with pytest.raises(GlassworksError, match="has no chat template"):
        LocalAnswerer(loaded).chat(messages)
    own = copy.deepcopy(loaded.tokenizer)
    own.chat_template = CHATML
    model = LocalAnswerer(replace(loaded, tokenizer=own))
    asked = "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
    assert model.chat(messages) == f"<|im_start|>system\nBe brief.<|im_end|>\n{asked}"
    refusing = "{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}"
    own.chat_template = refusing + "{{ messages[0].content }}|"
    assert model.chat(messages) == "Hi|"
    own.chat_template = "{{ raise_exception('never') }}"
    with pytest.raises(GlassworksError, match="refuses the messages: never"):
        model.chat(messages)


@pytest.fixture
def base_folder(tmp_path):
    build("llama").save_pretrained(tmp_path / "base")
    tokenizer().save_pretrained(tmp_path / "base")
    return tmp_path / "base"


def test_models_are_opened_by_their_names(base_folder, tmp_path, settings):
    asks = [Ask("Anna found", " a red kite"), Ask("", "The dog")]
    base = opened(f"path:{base_folder}", settings).score(asks)
    assert [one.log_prob for one in base] == pytest.approx(
        [one.log_prob for one in LocalAnswerer(tiny("llama")).score(asks)]
    )
    wrapped = wrap(build("llama"))
    folder = save_adapter(wrapped, tmp_path / "adapter", f"path:{base_folder}", base_folder)
    adapted = opened(f"path:{folder}", settings).score(asks)
    beside = replace(tiny("llama"), model=wrapped.get_base_model())
    wanted = [
        log_prob for log_prob, _ in log_probs(beside, [(ask.context, ask.continuation) for ask in asks])
    ]
    assert [one.log_prob for one in adapted] == pytest.approx(wanted, abs=1e-4)
    assert abs(adapted[0].log_prob - base[0].log_prob) > 0.1
    with pytest.raises(GlassworksError):
        opened("house/nobody", settings)


@pytest.mark.skipif(not ARC.exists(), reason="needs the data sets beside the repository")
def test_the_house_s_model_scores_real_items_as_in_the_harness():
    with gzip.open(ARC, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in islice(lines, 12)]
    asks = [(f"{row['query']}\nAnswer:", f" {choice}") for row in rows for choice in row["choices"]]
    said = opened("house/story-base", Settings()).score([Ask(*ask) for ask in asks])
    for one, (log_prob, greedy) in zip(said, log_probs(HOUSE, asks), strict=True):
        assert one.log_prob == pytest.approx(log_prob, abs=1e-4) and one.greedy == greedy


def test_a_house_model_answers_in_fewer_bits(tmp_path):
    settings, asks = Settings(home=tmp_path), [Ask("Once upon a time", " there was a little girl")]
    found = {how: opened("house/story-base", settings, 0, weights=how).score(asks)[0].log_prob
             for how in ("whole", "int8", "nf4")}  # fmt: skip
    assert len(set(found.values())) == 3
    assert found["int8"] == pytest.approx(found["whole"], abs=0.1)
    assert found["nf4"] == pytest.approx(found["whole"], abs=1.0)
    with pytest.raises(GlassworksError, match="is a server"):
        opened("endpoint:a", settings, weights="nf4")
