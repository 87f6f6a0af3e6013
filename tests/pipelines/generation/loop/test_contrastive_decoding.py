import copy
import math
from dataclasses import replace

import numpy as np
import pytest
import torch

from pipelines.core.errors import SpecError
from pipelines.generation.loop.contrastive_decoding import Amateur
from pipelines.generation.loop.search import Search
from pipelines.generation.strategy import strategy
from tests.support.loops import PROMPT, check_contrast, log_softmax, run, setting, texts, whole
from tests.support.small_tokenizers import transformers_tokenizer
from tests.support.tiny_models import VOCABULARY, tiny

PAIRS = [("gpt2", "llama"), ("llama", "gpt2"), ("gpt_neox", "opt"), ("gemma2", "qwen3"), ("mistral", "mamba")]


def amateurish(samples: int = 1, amateur: str = "llama", **settings) -> Search:
    one = strategy("contrastive_decoding", {"amateur": amateur, **settings})
    return Search(0, one, samples, Amateur(one))


def beside(expert: str = "gpt2", amateur: str = "llama", **changed):
    return setting(tiny(expert), **{"others": {amateur: tiny(amateur)}, **changed})


def plain(made, amateur: str, ids: list[int], temperature: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """log p of both after one forward of everything."""
    models = made.loaded.model, made.others[amateur].model
    final, other = (whole(model, ids).logits[0, -1] for model in models)
    return log_softmax(final), log_softmax(other / temperature)


@pytest.mark.parametrize(("expert", "amateur"), PAIRS)
@pytest.mark.parametrize(("plausibility", "temperature"), [(0.1, 1.0), (0.01, 0.5), (0.0, 2.0)])
def test_texts_and_scores_are_those_of_the_definition(expert, amateur, plausibility, temperature):
    made = beside(expert, amateur)
    column = amateurish(amateur=amateur, plausibility=plausibility, amateur_temperature=temperature)
    run(made, column)
    text, ids = column.lines[0], list(PROMPT)
    for at, kept in enumerate(text.kept):
        expected = check_contrast(kept.adjusted, *plain(made, amateur, ids, temperature), plausibility)
        assert text.ids[at] == int(expected.argmax()) and kept.method == "contrastive_decoding"
        ids.append(text.ids[at])
    assert len(text.ids) == 12


def test_rows_follow_their_texts_when_others_end():
    """Several samples with end tokens: those that go on get the amateur's words on their own text."""
    free = amateurish(6, do_sample=True, temperature=2.0)
    made = beside(max_new_tokens=16)
    run(made, free)
    ends = frozenset([free.lines[0].ids[3], free.lines[2].ids[5], free.lines[5].ids[0]])
    column = amateurish(6, do_sample=True, temperature=2.0)
    run(replace(made, ends=ends), column)
    assert len({len(ids) for ids in texts(column)}) > 2
    for sample, text in enumerate(column.lines):
        whole_text = free.lines[sample].ids
        stop = next((at + 1 for at, id_ in enumerate(whole_text) if id_ in ends), len(whole_text))
        assert text.ids == whole_text[:stop]
        for at, kept in enumerate(text.kept):
            expected = check_contrast(kept.adjusted, *plain(made, "llama", PROMPT + text.ids[:at]), 0.1)
            noise = made.noise.gumbel(column.strategy.digest(), sample, at).double().numpy()
            assert text.ids[at] == int((expected / 2.0 + noise).argmax())


def test_with_plausibility_1_it_is_greedy():
    column, greedy = amateurish(plausibility=1.0), Search(0, strategy("greedy"), 1)
    run(beside(), column)
    run(beside(), greedy)
    assert texts(column) == texts(greedy)


def test_an_amateur_that_is_the_model_itself_leaves_all_plausible_tokens_alike():
    column = amateurish(amateur="gpt2", plausibility=0.2)
    run(beside("gpt2", "gpt2"), column)
    for kept in column.lines[0].kept:
        probs = kept.logits.softmax(-1)
        plausible = probs >= 0.2 * probs.max()
        assert torch.equal(kept.adjusted > -math.inf, plausible)
        torch.testing.assert_close(
            kept.adjusted[plausible], torch.zeros(int(plausible.sum())), atol=1e-4, rtol=0
        )


def test_its_stages_are_the_raw_distribution_then_its_own_then_the_processors():
    column = amateurish(do_sample=True, presence_penalty=0.5, temperature=0.7)
    run(beside(), column)
    for stages in column.lines[0].stages:
        assert stages.names == ("raw", "contrastive_decoding", "frequency_presence_penalty", "temperature")


@pytest.mark.parametrize("width", [VOCABULARY - 40, VOCABULARY + 24])
def test_the_amateurs_head_may_have_other_surplus_ids(width):
    """Ids that only one of both has are never chosen; the amateur's distribution is over those of both."""
    amateur, column = replace(tiny("llama", vocab_size=width), name="other"), amateurish(amateur="other")
    prompt = [17, 94, 55, 201]
    made = setting(tiny("gpt2"), prompt, others={"other": amateur})
    run(made, column)
    ids, common = list(prompt), min(width, VOCABULARY)
    for at, kept in enumerate(column.lines[0].kept):
        liked = log_softmax(whole(made.loaded.model, ids).logits[0, -1])[:common]
        other = log_softmax(whole(amateur.model, ids).logits[0, -1, :common])
        check_contrast(kept.adjusted[:common], liked, other, 0.1)
        assert (kept.adjusted[common:] == -math.inf).all()
        ids.append(column.lines[0].ids[at])


def test_another_tokenizer_is_refused():
    other = replace(tiny("llama"), name="other", tokenizer=transformers_tokenizer("bpe"))
    with pytest.raises(SpecError, match=r"amateur accepts .* tokenizer of gpt2"):
        run(setting(tiny("gpt2"), others={"other": other}), amateurish(amateur="other"))


def test_an_amateur_with_too_little_context_is_refused():
    short = replace(tiny("llama"), context_length=len(PROMPT) + 10)
    with pytest.raises(SpecError, match=r"amateur accepts .* the 18 tokens of prompt and new text"):
        run(setting(tiny("gpt2"), others={"llama": short}), amateurish())
    column = amateurish()
    run(setting(tiny("gpt2"), others={"llama": short}, max_new_tokens=11), column)
    assert len(column.lines[0].ids) == 11  # the last is never fed


def test_a_prompt_of_several_parts_goes_into_the_amateur_too():
    prompt = (PROMPT * 100)[:600]
    expert = replace(tiny("llama", max_position_embeddings=700), context_length=700)
    amateur = replace(tiny("qwen3", max_position_embeddings=700), name="other", context_length=700)
    column = amateurish(amateur="other")
    made = setting(expert, prompt, others={"other": amateur}, max_new_tokens=3)
    run(made, column)
    check_contrast(column.lines[0].kept[0].adjusted, *plain(made, "other", prompt), 0.1)


def test_the_models_own_tokenizer_may_be_another_object():
    twin = replace(tiny("llama"), tokenizer=copy.deepcopy(tiny("llama").tokenizer))
    column = amateurish()
    run(setting(tiny("gpt2"), others={"llama": twin}), column)
    assert len(column.lines[0].ids) == 12
