"""Every way of writing with a model that puts virtual tokens before each text. Here they are the vectors of
words, so that the base must write the same after these words."""

import math

import pytest
import torch

from pipelines.generation.loop.columns import column
from pipelines.generation.loop.judge import perplexities
from pipelines.generation.reading import read_after
from pipelines.generation.reading_requests import ReadRequest
from pipelines.generation.strategy import strategy
from pipelines.models.virtual import left_by, put_before
from tests.support.loops import PROMPT, run, setting, texts
from tests.support.tiny_models import build, tiny

WORDS = [17, 94, 201, 8, 33]


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def both(request):
    """(a model with virtual tokens, its base)."""
    model, base = tiny(request.param), tiny(request.param)
    put_before(model.model, left_by(model.model, model.model.get_input_embeddings()(torch.tensor(WORDS))))
    return model, base


STRATEGIES = {
    "greedy": {},
    "sample": {},
    "beam": {"num_beams": 4},
    "dola": {},
    "prompt_lookup": {},
    "assisted": {"draft": "draft"},
    "contrastive_decoding": {"amateur": "draft"},
}


@pytest.mark.parametrize("name", STRATEGIES)
def test_what_is_written_is_what_the_base_writes_after_the_words(both, name):
    model, base = both
    one, other = (column(0, strategy(name, STRATEGIES[name]), 2) for _ in range(2))
    run(setting(model, others={"draft": model}), one)
    run(setting(base, [*WORDS, *PROMPT], others={"draft": base}), other)
    assert texts(one) == texts(other) and all(texts(one))


def test_several_strategies_share_their_rows(both):
    model, _ = both
    names = ("greedy", "beam", "sample", "contrastive_search")
    together = [column(at, strategy(name, {}), 3) for at, name in enumerate(names)]
    run(setting(model), *together)
    for at, name in enumerate(names):
        alone = column(at, strategy(name, {}), 3)
        run(setting(model), alone)
        assert texts(alone) == texts(together[at])


def test_a_judge_reads_after_its_virtual_tokens(both):
    model, _ = both
    prompt, text = "Anna found a", " red kite by the river."
    (found,) = exhausted(perplexities(model, prompt, [text]))
    ids = model.tokenizer(prompt + text).input_ids
    first = len(model.tokenizer(prompt).input_ids)
    plain = build(model.name)
    with torch.inference_mode():
        said = plain(torch.tensor([[*WORDS, *ids]])).logits[0, len(WORDS) - 1 :].log_softmax(-1)
    nats = [-float(said[at, ids[at]]) for at in range(first, len(ids))]
    assert found == pytest.approx(math.exp(sum(nats) / len(nats)), rel=1e-3)


def test_what_stands_there_is_read_after_them(both):
    model, base = both
    found = read_after(model, ReadRequest(model="m", prompt="Anna found", ids=(55, 201)))
    ids = [*WORDS, *model.tokenizer("Anna found").input_ids, 55, 201]
    with torch.inference_mode():
        said = base.model(torch.tensor([ids])).logits[0].log_softmax(-1)
    assert found.log_probs == pytest.approx([float(said[-3, 55]), float(said[-2, 201])], abs=1e-3)


def exhausted(generator):
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value
