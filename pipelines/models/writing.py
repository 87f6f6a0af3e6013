"""A model in memory as an ordinary folder: bf16 safetensors in shards below 10 MB, and its tokenizer."""

import copy
from pathlib import Path
from typing import Any

import torch
from transformers import GenerationConfig, PreTrainedModel, PreTrainedTokenizerBase

_SHARD = "9MB"  # below the size from which git hosts want large-file storage
_TOKEN_IDS = ("bos_token_id", "eos_token_id", "pad_token_id")


def write_model(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """The model as it stands, rounded to bf16, and its tokenizer."""
    rounded = copy.deepcopy(model).to(torch.bfloat16)
    rounded.config.use_cache = True
    if rounded.can_generate():
        rounded.generation_config = generation_config(rounded, tokenizer)
    rounded.save_pretrained(folder, max_shard_size=_SHARD)
    write_tokenizer(folder, model, tokenizer)


def write_tokenizer(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """The tokenizer with its chat template, saying how much the model reads."""
    tokenizer.model_max_length = context_of(model)
    tokenizer.save_pretrained(folder)


def generation_config(model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> GenerationConfig:
    """Where a text of this model begins and ends, as its tokenizer has it (several ends as the model has
    them); nothing on how to draw it."""
    ids = {name: getattr(tokenizer, name) for name in _TOKEN_IDS}
    ends = getattr(model.generation_config, "eos_token_id", None)
    if isinstance(ends, list) and len(ends) > 1:
        ids["eos_token_id"] = ends
    start = getattr(model.config, "decoder_start_token_id", None)
    return GenerationConfig(**ids, decoder_start_token_id=start)


def context_of(model: Any) -> int:
    """Positions that the model has; where it has no limit (t5), those that its tokenizer gives."""
    names = ("max_position_embeddings", "n_positions")
    return next((v for n in names if isinstance(v := getattr(model.config, n, None), int)), 512)
