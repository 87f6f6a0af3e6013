"""The judge's perplexities against the library's own loss, one text at a time."""

import math
import random
from dataclasses import replace

import pytest
import torch
from transformers import AutoTokenizer

from pipelines.core.settings import REPOSITORY
from pipelines.generation.loop import judge
from pipelines.generation.loop.judge import perplexities
from tests.support.tiny_models import CONTEXT, FAMILIES, build, tiny, tokenizer

CAUSAL = [name for name, (auto, _, _) in FAMILIES.items() if auto.__name__ == "AutoModelForCausalLM"]
PROMPT = "Anna found a red"
TEXTS = [
    " kite by the river.",
    "",
    " dog",
    " and 🦀 crabs. The little dog barked at the cat. Once",
    "\n\n",
    " kite by the river. " * 3,
]


def finished(steps):
    """What a generator returns, and how often it rested."""
    rests = 0
    while True:
        try:
            assert next(steps) is None
        except StopIteration as end:
            return end.value, rests
        rests += 1


def by_loss(model, ids, first):
    """exp of the library's loss, the labels of what stands before ``first`` left out."""
    row = torch.tensor([ids])
    labels = row.clone()
    labels[0, :first] = -100
    with torch.no_grad():
        return math.exp(model(input_ids=row, labels=labels, attention_mask=torch.ones_like(row)).loss.item())


def coded(text):
    return tokenizer()(text).input_ids


@pytest.mark.parametrize("family", CAUSAL)
def test_each_text_has_the_library_s_loss(family):
    loaded = tiny(family)
    found, _ = finished(perplexities(loaded, PROMPT, TEXTS))
    assert math.isnan(found[1])
    for text, perplexity in zip(TEXTS, found, strict=True):
        if text:
            ids, before = coded(PROMPT + text), coded(PROMPT)
            assert ids[: len(before)] == before  # no token of these texts crosses the border
            assert perplexity == pytest.approx(by_loss(build(family), ids, len(before)), rel=2e-4)


def test_a_text_has_the_same_whatever_is_read_beside_it(monkeypatch):
    loaded, rng = tiny("llama"), random.Random(3)
    words = ["kite", " river", " the", " Anna", "\n", " 🦀", " dog.", "é"]
    texts = ["".join(rng.choices(words, k=rng.randint(1, 9))) for _ in range(12)]
    together, _ = finished(perplexities(loaded, PROMPT, texts))
    monkeypatch.setattr(judge, "_FED", 1)
    alone, rests = finished(perplexities(loaded, PROMPT, texts))
    assert rests == len(texts) - 1  # one forward each, and a rest between them
    assert together == pytest.approx(alone, rel=1e-4)


def test_a_token_that_reaches_into_the_text_is_the_text_s():
    prompt, text = "Once up", "on a time."
    ids = coded(prompt + text)
    places = tokenizer()(prompt + text, return_offsets_mapping=True)["offset_mapping"]
    crossing = next(i for i, (_, end) in enumerate(places) if end > len(prompt))
    assert places[crossing][0] < len(prompt)  # " upon" is one token here
    (found,), _ = finished(perplexities(tiny("gpt2"), prompt, [text]))
    assert found == pytest.approx(by_loss(build("gpt2"), ids, crossing), rel=1e-4)


def test_what_does_not_fit_loses_the_prompt_s_beginning():
    """With one token more than the context, for the last one is not fed."""
    prompt, text = "The little dog barked at the cat." * 30, " Once upon a time."
    ids = coded(prompt + text)
    first = len(coded(prompt))
    lost = len(ids) - CONTEXT - 1
    assert lost > 0 and coded(prompt) == ids[:first]
    (found,), _ = finished(perplexities(tiny("llama"), prompt, [text]))
    whole = build("llama", max_position_embeddings=2 * CONTEXT)
    assert found == pytest.approx(by_loss(whole, ids[lost:], first - lost), rel=1e-4)


def test_a_text_longer_than_the_context_is_read_from_its_end():
    text = "The little dog barked at the cat. " * 40
    ids = coded(PROMPT + text)[-CONTEXT - 1 :]
    (found,), _ = finished(perplexities(tiny("llama"), PROMPT, [text]))
    whole = build("llama", max_position_embeddings=2 * CONTEXT)
    assert found == pytest.approx(by_loss(whole, ids, 1), rel=1e-4)


def test_without_a_prompt_the_start_token_stands_before_the_text():
    loaded = tiny("gpt2")
    start = loaded.model.generation_config.bos_token_id
    (found,), _ = finished(perplexities(loaded, "", ["Anna found"]))
    ids = [start, *coded("Anna found")]
    assert found == pytest.approx(by_loss(build("gpt2"), ids, 1), rel=1e-4)


def test_special_tokens_that_the_tokenizer_adds_do_not_count():
    """As a tokenizer does that begins and ends every text with one."""
    from tests.support.small_tokenizers import transformers_tokenizer

    own = transformers_tokenizer("wordpiece")  # <s> … </s>
    model = build("gpt2", vocab_size=len(own))
    loaded = replace(tiny("gpt2"), model=model, tokenizer=own)
    (found,), _ = finished(perplexities(loaded, "the quick", [" brown fox"]))
    ids = own("the quick brown fox").input_ids
    assert ids[-1] == own.convert_tokens_to_ids("</s>")
    first = len(own("the quick").input_ids) - 1
    assert found == pytest.approx(by_loss(model, ids[:-1], first), rel=1e-4)


def test_a_tokenizer_that_knows_no_places():
    class Slow:
        is_fast = False

        def __call__(self, text, **_):
            return tokenizer()(text)

        def __getattr__(self, name):
            return getattr(tokenizer(), name)

    loaded = tiny("llama")
    texts = [" kite by the river.", " dog"]
    slow, _ = finished(perplexities(replace(loaded, tokenizer=Slow()), PROMPT, texts))
    fast, _ = finished(perplexities(loaded, PROMPT, texts))
    assert slow == pytest.approx(fast, rel=1e-6)


def test_the_house_model_expects_a_story_more_than_noise():
    from pipelines.models.loader import load_model

    folder = REPOSITORY / "assets" / "models" / "story-base"
    loaded = load_model("house/story-base", folder, torch.device("cpu"))
    texts = [" there was a little girl named Lily.", " zx qq purple, of of the seven it."]
    story, noise = finished(perplexities(loaded, "Once upon a time,", texts))[0]
    ids = AutoTokenizer.from_pretrained(folder)("Once upon a time," + texts[0]).input_ids
    first = len(AutoTokenizer.from_pretrained(folder)("Once upon a time,").input_ids)
    assert story == pytest.approx(by_loss(loaded.model, ids, first), rel=1e-3)
    assert story < 10 < 100 < noise
