import pytest
import torch
from transformers import AutoModelForCausalLM, CohereConfig, GraniteConfig, NanoChatConfig, OPTConfig

from pipelines.models.unembed import agrees, prediction_head
from tests.support.tiny_models import FAMILIES, build

IDS = torch.tensor([[17, 94, 55, 201, 94, 55, 8]])
_SIZES = {"vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
OTHERS = {
    "cohere": CohereConfig(**_SIZES, intermediate_size=64, logit_scale=0.3, pad_token_id=2),
    "granite": GraniteConfig(**_SIZES, intermediate_size=64, logits_scaling=4.0),
    "nanochat": NanoChatConfig(**_SIZES, intermediate_size=64, num_key_value_heads=2),
    "opt_projected": OPTConfig(**_SIZES, ffn_dim=64, word_embed_proj_dim=16, max_position_embeddings=64),
}  # fmt: skip
CAUSAL = [family for family, (auto, *_) in FAMILIES.items() if auto is AutoModelForCausalLM]


def other(name: str):
    torch.manual_seed(0)
    made = AutoModelForCausalLM.from_config(OTHERS[name])
    for parameter in made.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    return made.eval().requires_grad_(False)


@pytest.mark.parametrize("name", [*CAUSAL, *OTHERS])
def test_the_head_makes_the_models_logits_of_its_last_states(name):
    model = other(name) if name in OTHERS else build(name)
    told = model(input_ids=IDS, output_hidden_states=True)
    head, last = prediction_head(model), told.hidden_states[-1]
    torch.testing.assert_close(head(last), told.logits, atol=1e-5, rtol=1e-5)
    assert agrees(head, last, told.logits) and not agrees(head, 1.5 * last, told.logits)


@pytest.mark.parametrize("name", [*CAUSAL, *OTHERS])
def test_the_head_reads_every_layer(name):
    model = other(name) if name in OTHERS else build(name)
    told = model(input_ids=IDS, output_hidden_states=True)
    for states in told.hidden_states:
        assert prediction_head(model)(states).shape == told.logits.shape
