"""Models of many families with random weights and a small tokenizer, made on the spot.

The weights are wider than a fresh model's, so that attention is far from even and a wrong number shows.
"""

from functools import cache
from typing import Any

import torch
from transformers import (
    AlbertConfig,
    AutoModel,
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    AutoModelForSeq2SeqLM,
    BartConfig,
    BertConfig,
    BloomConfig,
    DebertaV2Config,
    DistilBertConfig,
    FalconConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    GPTNeoConfig,
    GPTNeoXConfig,
    GptOssConfig,
    LlamaConfig,
    MambaConfig,
    MistralConfig,
    ModernBertConfig,
    MptConfig,
    OPTConfig,
    Qwen3Config,
    T5Config,
)

from pipelines.models import attention
from pipelines.models.loader import LoadedModel
from pipelines.training.tokenizer import train_tokenizer

_TEXT = "Anna found a red kite by the river. The little dog barked at the cat. Once upon a time. "
VOCABULARY, CONTEXT, WIDTH, HEADS, LAYERS = 400, 128, 32, 4, 2
_SIZES = {
    "vocab_size": VOCABULARY, "hidden_size": WIDTH, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS,
}  # fmt: skip
_MLP = {**_SIZES, "intermediate_size": 64, "max_position_embeddings": CONTEXT}
_GROUPED = {**_MLP, "num_key_value_heads": 2, "head_dim": 8}
_IDS = {"bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 2}
_CAUSAL, _MASKED, _TWO, _BARE = AutoModelForCausalLM, AutoModelForMaskedLM, AutoModelForSeq2SeqLM, AutoModel
_LEARNT = {
    "vocab_size": VOCABULARY,
    "n_positions": CONTEXT,
    "n_embd": WIDTH,
    "n_layer": LAYERS,
    "n_head": HEADS,
}
_KINDS = {_CAUSAL: "causal-lm", _MASKED: "masked-lm", _TWO: "seq2seq-lm", _BARE: "encoder"}

FAMILIES: dict[str, tuple[Any, Any, dict[str, Any]]] = {
    "gpt2": (_CAUSAL, GPT2Config, _LEARNT),
    "llama": (_CAUSAL, LlamaConfig, _GROUPED),
    "qwen3": (_CAUSAL, Qwen3Config, _GROUPED),
    "mistral": (_CAUSAL, MistralConfig, {**_GROUPED, "sliding_window": 5}),
    "gemma2": (_CAUSAL, Gemma2Config, {**_GROUPED, "sliding_window": 5, "query_pre_attn_scalar": 8}),
    "gemma3": (
        _CAUSAL,
        Gemma3TextConfig,
        {**_GROUPED, "sliding_window": 5, "layer_types": ["sliding_attention", "full_attention"]},
    ),
    "gpt_neox": (_CAUSAL, GPTNeoXConfig, _MLP),
    "gpt_oss": (
        _CAUSAL,
        GptOssConfig,
        {**_GROUPED, "num_local_experts": 2, "num_experts_per_tok": 1, "sliding_window": 5},
    ),
    "opt": (
        _CAUSAL,
        OPTConfig,
        {**_SIZES, "ffn_dim": 64, "word_embed_proj_dim": WIDTH, "max_position_embeddings": CONTEXT},
    ),
    "bert": (_MASKED, BertConfig, _MLP),
    "distilbert": (
        _MASKED,
        DistilBertConfig,
        {"vocab_size": VOCABULARY, "dim": WIDTH, "n_layers": LAYERS, "n_heads": HEADS, "hidden_dim": 64},
    ),
    "albert": (_MASKED, AlbertConfig, {**_MLP, "embedding_size": 16}),
    "modernbert": (
        _MASKED,
        ModernBertConfig,
        {**_MLP, "local_attention": 8, "cls_token_id": 0, "sep_token_id": 1},
    ),
    "encoder": (_BARE, BertConfig, _MLP),
    "t5": (
        _TWO,
        T5Config,
        {
            "vocab_size": VOCABULARY, "d_model": WIDTH, "d_kv": 8, "d_ff": 64, "num_layers": LAYERS,
            "num_heads": HEADS,
        },
    ),
    "bart": (
        _TWO,
        BartConfig,
        {
            "vocab_size": VOCABULARY, "d_model": WIDTH, "max_position_embeddings": CONTEXT,
            **{f"{side}_layers": LAYERS for side in ("encoder", "decoder")},
            **{f"{side}_attention_heads": HEADS for side in ("encoder", "decoder")},
            **{f"{side}_ffn_dim": 64 for side in ("encoder", "decoder")},
        },
    ),
    "mpt": (
        _CAUSAL,
        MptConfig,
        {
            "vocab_size": VOCABULARY, "d_model": WIDTH, "n_layers": LAYERS, "n_heads": HEADS,
            "max_seq_len": CONTEXT,
        },
    ),
    "bloom": (
        _CAUSAL,
        BloomConfig,
        {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "n_layer": LAYERS, "n_head": HEADS},
    ),
    "falcon": (_CAUSAL, FalconConfig, _SIZES),
    "gpt_neo": (
        _CAUSAL,
        GPTNeoConfig,
        {
            "vocab_size": VOCABULARY, "hidden_size": WIDTH, "num_layers": LAYERS, "num_heads": HEADS,
            "max_position_embeddings": CONTEXT, "window_size": 5,
            "attention_types": [[["global", "local"], 1]],
        },
    ),
    "deberta": (_MASKED, DebertaV2Config, _MLP),
    "mamba": (
        _CAUSAL,
        MambaConfig,
        {"vocab_size": VOCABULARY, "hidden_size": WIDTH, "num_hidden_layers": LAYERS},
    ),
}  # fmt: skip
WITHOUT = ("mamba",)  # attention
WHOLE = ("mpt", "bloom", "falcon", "gpt_neo", "deberta")  # give their weights only whole
WATCHED = tuple(name for name in FAMILIES if name not in WITHOUT + WHOLE)


@cache
def tokenizer() -> Any:
    """A byte-level BPE of this project's own making, with special tokens."""
    return train_tokenizer([_TEXT] * 10, VOCABULARY)


def build(family: str, implementation: str | None = None, **changed: Any) -> Any:
    """The bare model; the same weights each time for the same family and changes."""
    auto, config, values = FAMILIES[family]
    ids = {**_IDS, "decoder_start_token_id": 0} if auto is _TWO else _IDS
    torch.manual_seed(0)
    made = auto.from_config(config(**{**ids, **values, **changed}))
    for parameter in made.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=0.3)
    if implementation and attention.lets_choose(made):
        made.set_attn_implementation(implementation)
    elif implementation:  # some of these refuse the setter
        made.config._attn_implementation = implementation
    return made.eval().requires_grad_(False)


def tiny(family: str, **changed: Any) -> LoadedModel:
    """As the loader would have it in memory; named by its family."""
    made = build(family, **changed)
    attention.prepare(made)
    return LoadedModel(family, made, tokenizer(), CONTEXT, 0, _KINDS[FAMILIES[family][0]])
