"""Of the script: what it imports, and the model with random weights or from a folder."""

from pprint import pformat
from typing import Any

from pipelines.models.names import Source, parse
from pipelines.training.specs import PretrainSpec

_CLASSES = {
    "llama": ("LlamaForCausalLM", "LlamaConfig"),
    "gpt2": ("GPT2LMHeadModel", "GPT2Config"),
    "bert": ("BertForMaskedLM", "BertConfig"),
    "t5": ("T5ForConditionalGeneration", "T5Config"),
}
_AUTO = {"bert": "AutoModelForMaskedLM", "t5": "AutoModelForSeq2SeqLM"}
_NEW = """\
model = {model}(
    {config}(
        vocab_size=len(tokenizer),
{ids}
{shape}
    )
).to(device)
"""
_FROM = """\
model = {auto}.from_pretrained({source!r}, dtype=torch.float32).to(device)
"""
_CHECKPOINTING = """\
model.activation_checkpointing_enable({"use_reentrant": False})
model.config.use_cache = False
"""
_TOKEN_IDS = {  # of the model → of the tokenizer
    "bos_token_id": "eos_token_id",
    "eos_token_id": "eos_token_id",
    "pad_token_id": "pad_token_id",
}


def source_of(name: str) -> str:
    """What ``from_pretrained`` takes in the repository's folder: a Hub name as it is, else a folder."""
    parsed = parse(name)
    made = "artifact" if parsed.step is None else f"snapshots/{parsed.step}"
    folders = {Source.HOUSE: "assets/models/{}", Source.RUN: f"data/runs/{{}}/{made}", Source.PATH: "{}"}
    return folders.get(parsed.source, "{}").format(name if parsed.source is Source.HUB else parsed.rest)


def imports_of(spec: PretrainSpec) -> str:
    taken = spec.start_from or spec.tokenizer != "train"
    classes = [auto_of(spec)] if spec.start_from else list(_CLASSES[spec.architecture])
    classes.append("AutoTokenizer" if taken else "PreTrainedTokenizerFast")
    classes += ["DataCollatorForLanguageModeling"] if spec.architecture == "bert" else []
    lines = [
        *(["import math"] if spec.schedule == "cosine" else []),
        "import random",
        "from pathlib import Path",
        "",
        "import torch",
        *([] if taken else ["from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers"]),
        f"from transformers import {', '.join(sorted(classes))}",
        "",
    ]
    return "\n".join(lines)


def auto_of(spec: PretrainSpec) -> str:
    return _AUTO.get(spec.architecture, "AutoModelForCausalLM")


def model_code(spec: PretrainSpec) -> str:
    if spec.start_from:
        code = _FROM.format(auto=auto_of(spec), source=source_of(spec.start_from))
    else:
        model, config = _CLASSES[spec.architecture]
        ids = "\n".join(f"        {name}=tokenizer.{of}," for name, of in _token_ids(spec).items())
        code = _NEW.format(model=model, config=config, ids=ids, shape=_lines(_shape(spec)))
    return code + (_CHECKPOINTING if spec.gradient_checkpointing else "")


def _token_ids(spec: PretrainSpec) -> dict[str, str]:
    if spec.architecture == "t5":
        return {
            "eos_token_id": "eos_token_id",
            "pad_token_id": "pad_token_id",
            "decoder_start_token_id": "pad_token_id",
        }
    return _TOKEN_IDS


def _shape(spec: PretrainSpec) -> dict[str, Any]:
    return {"llama": _llama, "gpt2": _gpt2, "bert": _bert, "t5": _t5}[spec.architecture](spec)


def _llama(spec: PretrainSpec) -> dict[str, Any]:
    return {
        "num_hidden_layers": spec.num_layers,
        "hidden_size": spec.hidden_size,
        "num_attention_heads": spec.num_heads,
        "num_key_value_heads": spec.num_kv_heads,
        "intermediate_size": spec.intermediate_size,
        "max_position_embeddings": spec.context_length,
        "attention_dropout": spec.dropout,
        "tie_word_embeddings": True,
    }


def _gpt2(spec: PretrainSpec) -> dict[str, Any]:
    dropout = dict.fromkeys(("attn_pdrop", "embd_pdrop", "resid_pdrop"), spec.dropout)
    size = {"n_layer": spec.num_layers, "n_embd": spec.hidden_size, "n_head": spec.num_heads}
    return {**size, "n_inner": spec.intermediate_size, "n_positions": spec.context_length, **dropout}


def _bert(spec: PretrainSpec) -> dict[str, Any]:
    dropout = dict.fromkeys(("hidden_dropout_prob", "attention_probs_dropout_prob"), spec.dropout)
    return {
        "num_hidden_layers": spec.num_layers,
        "hidden_size": spec.hidden_size,
        "num_attention_heads": spec.num_heads,
        "intermediate_size": spec.intermediate_size,
        "max_position_embeddings": spec.context_length,
        "tie_word_embeddings": True,
        **dropout,
    }


def _t5(spec: PretrainSpec) -> dict[str, Any]:
    return {
        "num_layers": spec.num_layers,
        "num_decoder_layers": spec.num_layers,
        "d_model": spec.hidden_size,
        "d_kv": spec.hidden_size // spec.num_heads,
        "d_ff": spec.intermediate_size,
        "num_heads": spec.num_heads,
        "n_positions": spec.context_length,
        "feed_forward_proj": "gated-silu",
        "dropout_rate": spec.dropout,
    }


def _lines(values: dict[str, Any]) -> str:
    return "\n".join(f"        {name}={pformat(value)}," for name, value in values.items())
