"""How the libraries call the parts of a model, for those who know a model by its names alone. Standard
library only.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.core.errors import SpecError

ALL_LINEAR = "all-linear"
# Top-level modules that are no part of the backbone, over transformers' causal and encoder models.
HEADS = (
    "lm_head", "embed_out", "score", "classifier", "pre_classifier", "qa_outputs", "cls", "predictions",
    "head", "lm_predictions", "vocab_transform", "vocab_layer_norm", "vocab_projector", "decoder.bias",
    "decoder.weight",
)  # fmt: skip
KEYS_AND_VALUES = re.compile(
    r"(^|\.)(k_proj|v_proj|key|value|k_lin|v_lin|key_proj|value_proj"
    r"|Wqkv|query_key_value|qkv_proj|c_attn)$"  # all three of attention in one
)
SECOND_OF_MLP = re.compile(
    r"(^|\.)(down_proj|fc2|fc_out|w2|dense_4h_to_h|ffn_output|ffn\.lin2|mlp\.Wo|mlp\.c_proj"
    r"|(?<!attention\.)output\.dense)$"
)
STATE_SPACE = ("mamba", "mamba2", "falcon_mamba", "falcon_h1", "nemotron_h")
TRANSPOSED = ("gpt2", "gpt_bigcode", "openai-gpt", "imagegpt")  # Conv1D: [inputs, outputs]
# What keeps something else of a text than the keys and values of all layers, each of the same sizes.
_OTHER_PASTS = (*STATE_SPACE, "openai-gpt", "rwkv", "xlstm", "recurrent_gemma", "jamba", "zamba", "zamba2")
_OTHER_CACHES = ("kv_lora_rank", "num_kv_shared_layers", "per_layer_config", "global_head_dim")
_WHOLE_LAYERS = ("full_attention", "sliding_attention")
_LAYERS = ("num_hidden_layers", "n_layer", "num_layers", "n_layers")
_HEADS = ("num_attention_heads", "n_head", "n_heads", "num_heads")
_WIDTHS = ("hidden_size", "n_embd", "d_model", "dim")
_NO_PAST = (
    "lora, qlora, full, ia3, bitfit or layernorm for this base: its architecture ({}) does not keep the keys "
    "and values of all that it has read, before which virtual tokens could stand"
)
_NOTHING = {
    "bitfit": "lora, qlora, full, ia3 or layernorm for this base: its architecture ({}) has no biases to "
    "train",
    "layernorm": "lora, qlora, full, ia3 or bitfit for this base: its architecture ({}) has no norms with "
    "weights",
    "ia3": "lora, qlora, full, bitfit or layernorm for this base: in its architecture ({}) the keys and "
    "values that ia3 scales were not found",
    "prompt": _NO_PAST,
    "prefix": _NO_PAST,
    "bottleneck": "lora, qlora, full, ia3, bitfit or layernorm for this base: the linear layers of its "
    "architecture ({}) are of a kind that PEFT has no bottleneck for",
}


def targets(layers: Iterable[str], ends: tuple[str, ...]) -> list[str]:
    """The linear layers (full names) that ``target_modules`` means; :class:`SpecError` for an end that none
    of them has."""
    layers = list(layers)
    if ALL_LINEAR in ends:
        return layers
    for end in ends:
        if not any(ends_with(name, end) for name in layers):
            there = ", ".join(sorted({name.rpartition(".")[2] for name in layers}))
            accepted = f"{ALL_LINEAR} or ends of the names of linear layers, here {there}"
            raise SpecError("target_modules", end, accepted)
    return [name for name in layers if any(ends_with(name, end) for end in ends)]


def scaled(layers: Iterable[str], model_type: str) -> tuple[list[str], list[str]]:
    """The linear layers that IA³ scales (Liu et al. 2022): keys and values at their output, the second of the
    MLP at its input. Returns all of them, and the latter among them."""
    layers = list(layers)
    outputs = [name for name in layers if KEYS_AND_VALUES.search(name)]
    inputs = [name for name in layers if SECOND_OF_MLP.search(name)]
    if not outputs:
        raise nothing_for("ia3", model_type)
    return outputs + inputs, inputs


def past_of(config: Mapping[str, Any]) -> tuple[int, int, int] | None:
    """(layers, heads, width of a head) of the keys and values that a causal model keeps, from its config as a
    dict; None for one that keeps something else."""
    kind = str(config.get("model_type"))
    layers, heads, width = (_first(config, names) for names in (_LAYERS, _HEADS, _WIDTHS))
    other = set(config.get("layer_types") or ()) - set(_WHOLE_LAYERS)
    special = kind in _OTHER_PASTS or other or any(config.get(name) for name in _OTHER_CACHES)
    if special or not layers * heads * width:
        return None
    kept = int(config.get("num_key_value_heads") or heads)
    if kind in ("falcon", "gpt_bigcode"):
        kept = 1 if config.get("multi_query") and not config.get("new_decoder_architecture") else heads
    return layers, kept, int(config.get("head_dim") or width // heads)


def check_window(count: int, window: int | None) -> None:
    """Raise :class:`SpecError` for more virtual tokens than a layer with this window keeps of a text."""
    if window and count >= window:
        accepted = f"less than {window}, the window of this base's attention, with the method prefix"
        raise SpecError("num_virtual_tokens", count, accepted)


def _first(config: Mapping[str, Any], names: tuple[str, ...]) -> int:
    return next((int(config[name]) for name in names if config.get(name)), 0)


def nothing_for(method: str, model_type: str) -> SpecError:
    """What to raise where a model has nothing that the method trains."""
    return SpecError("method", method, _NOTHING[method].format(model_type))


def ends_with(name: str, end: str) -> bool:
    """Whether ``name`` is ``end`` or ends so at a dot."""
    return name == end or name.endswith("." + end)


def in_head(name: str) -> bool:
    """Whether a module or parameter is no part of the backbone."""
    return any(name == head or name.startswith(head + ".") for head in HEADS)


def unfit_for_adapters(model_type: str, name: str) -> bool:
    """State-space kernels read the weights of these layers themselves: an adapter there has no effect."""
    return model_type in STATE_SPACE and (ends_with(name, "out_proj") or ends_with(name, "dt_proj"))


def is_bias(name: str) -> bool:
    """Of a parameter."""
    end = name.rpartition(".")[2]
    return end == "bias" or end.endswith("_bias")
