"""A model's linear layers in 4 or 8 bits, as the bitsandbytes library has them: to see what that costs it.

Done to the weights in memory, so that an adapter is merged first and any model of the app can be had so; the
embeddings, the head and the norms stay as they are, as in the library's own way of loading.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from bitsandbytes.nn import Int8Params, Linear4bit, Linear8bitLt, Params4bit
from torch import nn
from transformers.pytorch_utils import Conv1D

from pipelines.core.errors import GlassworksError
from pipelines.models.four_bits import mend
from pipelines.models.loader import LoadedModel


def in_fewer_bits(loaded: LoadedModel, weights: str) -> LoadedModel:
    """The same model object, changed. ``weights`` is ``nf4`` (4 bits of unequal steps, their scales quantized
    again; Dettmers et al. 2023) or ``int8`` (LLM.int8(); Dettmers et al. 2022). Raises
    :class:`GlassworksError` for a model without a layer that could be."""
    make = {"nf4": _nf4, "int8": _int8}[weights]
    found = list(_linear(loaded.model))
    if not found:
        raise GlassworksError(f"{loaded.name} has no linear layers that could be kept in fewer bits.")
    mend()
    device = loaded.device
    for name, layer in found:
        loaded.model.set_submodule(name, make(_plain(layer)).to(device))
    size = sum(p.numel() * p.element_size() for p in loaded.model.parameters())
    return replace(loaded, bytes=size)


def _linear(model: Any) -> Iterator[tuple[str, nn.Module]]:
    """But for the head, and for what shares its matrix with another module."""
    kept = {id(one) for one in (model.get_output_embeddings(), model.get_input_embeddings()) if one}
    for name, module in model.named_modules():
        if type(module) in (nn.Linear, Conv1D) and id(module) not in kept:
            yield name, module


def _plain(layer: nn.Module) -> nn.Linear:
    """GPT-2's layers have their matrix the other way round."""
    weight = layer.weight.T if isinstance(layer, Conv1D) else layer.weight
    rows, columns = weight.shape
    made = nn.Linear(columns, rows, bias=layer.bias is not None, device="meta")
    made.weight = nn.Parameter(weight.detach().contiguous(), requires_grad=False)
    if layer.bias is not None:
        made.bias = nn.Parameter(layer.bias.detach(), requires_grad=False)
    return made


def _nf4(layer: nn.Linear) -> nn.Module:
    made = Linear4bit(
        layer.in_features, layer.out_features, bias=layer.bias is not None, compute_dtype=layer.weight.dtype,
        compress_statistics=True, quant_type="nf4", device="meta",
    )  # fmt: skip
    made.weight = Params4bit(
        layer.weight.data, requires_grad=False, compress_statistics=True, quant_type="nf4", module=made
    )
    made.bias = layer.bias
    made.support_avx512bf16_for_cpu = False  # it would pack the weights for a kernel of bf16 alone
    return made


def _int8(layer: nn.Linear) -> nn.Module:
    made = Linear8bitLt(
        layer.in_features, layer.out_features, bias=layer.bias is not None, has_fp16_weights=False,
        threshold=6.0, device="meta",
    )  # fmt: skip
    made.weight = Int8Params(layer.weight.data, requires_grad=False, has_fp16_weights=False)
    made.bias = layer.bias
    return made
