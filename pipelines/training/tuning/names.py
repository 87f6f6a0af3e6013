"""How the libraries call the parts of a model, for those who know a model by its names alone. Standard
library only.
"""

import re
from collections.abc import Iterable

from pipelines.core.errors import SpecError

ALL_LINEAR = "all-linear"
# Top-level modules that are no part of the backbone, over transformers' causal and encoder models.
HEADS = (
    "lm_head", "embed_out", "score", "classifier", "pre_classifier", "qa_outputs", "cls", "predictions",
    "head", "lm_predictions", "vocab_transform", "vocab_layer_norm", "vocab_projector", "decoder.bias",
    "decoder.weight",
)  # fmt: skip
_KEYS_AND_VALUES = re.compile(
    r"(^|\.)(k_proj|v_proj|key|value|k_lin|v_lin|key_proj|value_proj"
    r"|Wqkv|query_key_value|qkv_proj|c_attn)$"  # all three of attention in one
)
_SECOND_OF_MLP = re.compile(
    r"(^|\.)(down_proj|fc2|fc_out|w2|dense_4h_to_h|ffn_output|ffn\.lin2|mlp\.Wo|mlp\.c_proj"
    r"|(?<!attention\.)output\.dense)$"
)
_STATE_SPACE = ("mamba", "mamba2", "falcon_mamba", "falcon_h1", "nemotron_h")
_NOTHING = {
    "bitfit": "lora, qlora, full, ia3 or layernorm for this base: its architecture ({}) has no biases to "
    "train",
    "layernorm": "lora, qlora, full, ia3 or bitfit for this base: its architecture ({}) has no norms with "
    "weights",
    "ia3": "lora, qlora, full, bitfit or layernorm for this base: in its architecture ({}) the keys and "
    "values that ia3 scales were not found",
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
    outputs = [name for name in layers if _KEYS_AND_VALUES.search(name)]
    inputs = [name for name in layers if _SECOND_OF_MLP.search(name)]
    if not outputs:
        raise nothing_for("ia3", model_type)
    return outputs + inputs, inputs


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
    return model_type in _STATE_SPACE and (ends_with(name, "out_proj") or ends_with(name, "dt_proj"))


def is_bias(name: str) -> bool:
    """Of a parameter."""
    end = name.rpartition(".")[2]
    return end == "bias" or end.endswith("_bias")
