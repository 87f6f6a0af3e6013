"""The loop against transformers' own: the same tokens, greedy and sampled, on both kinds of model."""

import random

import pytest
import torch
from transformers import AutoModelForCausalLM

from pipelines.generation.decoder import Decoder
from pipelines.generation.sampler import Sampler
from pipelines.generation.specs import DecodingSpec

PROMPTS = ([5], [7, 8, 9], [300, 20, 20, 20, 41, 6, 350, 12])
SAMPLED = (
    DecodingSpec(temperature=1, top_p=1),
    DecodingSpec(temperature=3, top_p=1, seed=5),
    DecodingSpec(temperature=4, top_k=20, top_p=1, seed=6),
    DecodingSpec(temperature=4, top_p=0.8, seed=7),
    DecodingSpec(temperature=5, top_k=200, top_p=0.95, repetition_penalty=1.3, seed=8),
)


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def model(request, tiny_llama, tiny_gpt2):
    folder = {"llama": tiny_llama, "gpt2": tiny_gpt2}[request.param]
    return AutoModelForCausalLM.from_pretrained(folder).eval()


def decode(model, ids, spec, count=30, part=512):
    decoder = Decoder(model, ids, Sampler(spec, model.device))
    while not decoder.prefill(part):
        pass
    return [decoder.next_token() for _ in range(count)]


def generate(model, ids, count=30, **options):
    """transformers' own loop; it takes no generator, so the seed is set for the whole process."""
    output = model.generate(
        torch.tensor([ids]), max_new_tokens=count, eos_token_id=None, pad_token_id=0, **options
    )
    return output[0, len(ids) :].tolist()


@pytest.mark.parametrize("ids", PROMPTS)
@pytest.mark.parametrize("penalty", [1.0, 1.5])
def test_greedy_is_generate_token_for_token(model, ids, penalty):
    spec = DecodingSpec(temperature=0, repetition_penalty=penalty)
    ours = [token for token, _ in decode(model, ids, spec)]
    assert ours == generate(model, ids, do_sample=False, repetition_penalty=penalty)
    assert len(set(ours)) > 3


@pytest.mark.parametrize("spec", SAMPLED)
def test_sampling_draws_what_generate_draws_with_the_same_seed(model, spec):
    ours = [token for token, _ in decode(model, PROMPTS[2], spec)]
    torch.manual_seed(spec.seed)
    options = {"temperature": spec.temperature, "top_k": spec.top_k, "top_p": spec.top_p}
    theirs = generate(
        model, PROMPTS[2], do_sample=True, repetition_penalty=spec.repetition_penalty, **options
    )
    assert ours == theirs
    other = DecodingSpec.from_dict({**spec.to_dict(), "seed": 99})
    assert ours != [token for token, _ in decode(model, PROMPTS[2], other)]


def test_draws_ignore_the_process_s_own_random_state(model):
    first = decode(model, PROMPTS[0], SAMPLED[0])
    torch.manual_seed(123), random.seed(4)
    assert decode(model, PROMPTS[0], SAMPLED[0]) == first


def test_requests_in_turn_give_what_each_gives_alone(model):
    alone = [decode(model, PROMPTS[2], spec) for spec in SAMPLED]
    decoders = [Decoder(model, PROMPTS[2], Sampler(spec, model.device)) for spec in SAMPLED]
    together = list(zip(*([d.next_token() for d in decoders] for _ in range(30)), strict=True))
    assert [list(tokens) for tokens in together] == alone


@pytest.mark.parametrize("part", [1, 3, 7])
def test_a_prompt_in_parts_is_the_prompt_at_once(model, part):
    spec = DecodingSpec(temperature=0)
    whole, parts = decode(model, PROMPTS[2], spec), decode(model, PROMPTS[2], spec, part=part)
    assert [token for token, _ in parts] == [token for token, _ in whole]
    assert [p for _, p in parts] == pytest.approx([p for _, p in whole], abs=1e-4)


def test_log_probs_are_those_of_one_pass_over_the_whole_text(model):
    """Under the raw distribution, whatever temperature, filters and penalty did to the draw."""
    made = decode(model, PROMPTS[2], SAMPLED[4])
    ids = PROMPTS[2] + [token for token, _ in made]
    with torch.inference_mode():
        log_probs = model(torch.tensor([ids])).logits[0].log_softmax(-1)
    start = len(PROMPTS[2])
    expected = [log_probs[start + i - 1, token].item() for i, (token, _) in enumerate(made)]
    assert [p for _, p in made] == pytest.approx(expected, abs=1e-3)


def test_a_model_that_keeps_no_past_is_run_over_the_whole_text(model):
    class Forgetful(torch.nn.Module):
        device = model.device

        def forward(self, input_ids, past_key_values=None, use_cache=False):
            return type("Output", (), {"logits": model(input_ids, use_cache=False).logits})

    spec = DecodingSpec(temperature=0)
    ours = decode(Forgetful(), PROMPTS[2], spec, 10, part=3)
    assert [token for token, _ in ours] == [token for token, _ in decode(model, PROMPTS[2], spec, 10)]


def test_top_p_counts_the_whole_vocabulary():
    """Not only the fifty likeliest: of 400 equal tokens, top_p=0.9 keeps about 360."""
    sampler = Sampler(DecodingSpec(temperature=1, top_p=0.9), torch.device("cpu"))
    logits, ids = torch.zeros(1, 400), torch.zeros(1, 1, dtype=torch.long)
    drawn = {int(sampler.pick(logits, ids)[0]) for _ in range(4000)}
    assert 340 < len(drawn) <= 361


def test_sampler_leaves_the_logits_as_they_were():
    sampler = Sampler(SAMPLED[4], torch.device("cpu"))
    logits, ids = torch.randn(1, 400), torch.arange(10)[None]
    before = logits.clone()
    sampler.pick(logits, ids)
    assert torch.equal(logits, before)
