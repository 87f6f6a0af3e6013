"""From a spec to a model with random weights: the architectures of transformers, nothing of our own.

Knows nothing about corpora or training.
"""

import torch
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedModel

from pipelines.training.specs import PretrainSpec


def build_model(spec: PretrainSpec, vocab_size: int, eos_id: int, pad_id: int) -> PreTrainedModel:
    """A model in fp32 with tied embeddings; same spec and seed, same weights."""
    ids = {"vocab_size": vocab_size, "bos_token_id": eos_id, "eos_token_id": eos_id, "pad_token_id": pad_id}
    torch.manual_seed(spec.seed)
    if spec.architecture == "gpt2":
        return GPT2LMHeadModel(_gpt2(spec, ids))
    return LlamaForCausalLM(_llama(spec, ids))


def _llama(spec: PretrainSpec, ids: dict[str, int]) -> LlamaConfig:
    return LlamaConfig(
        hidden_size=spec.hidden_size,
        intermediate_size=spec.intermediate_size,
        num_hidden_layers=spec.num_layers,
        num_attention_heads=spec.num_heads,
        num_key_value_heads=spec.num_kv_heads,
        max_position_embeddings=spec.context_length,
        attention_dropout=spec.dropout,
        tie_word_embeddings=True,
        **ids,
    )


def _gpt2(spec: PretrainSpec, ids: dict[str, int]) -> GPT2Config:
    return GPT2Config(
        n_embd=spec.hidden_size,
        n_inner=spec.intermediate_size,
        n_layer=spec.num_layers,
        n_head=spec.num_heads,
        n_positions=spec.context_length,
        attn_pdrop=spec.dropout,
        embd_pdrop=spec.dropout,
        resid_pdrop=spec.dropout,
        **ids,
    )
