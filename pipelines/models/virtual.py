"""Virtual tokens: what prompt tuning and prefix tuning learn, and put before the first token of every text.
They cannot be merged into weights; here a model is made to carry them, so that whoever uses it need not know.

In a causal model virtual tokens see each other alone, so all that a text ever meets of them is what they
leave in the cache: keys and values. These are computed once (for prefix tuning they are themselves what was
learnt) and put into every cache that begins. Callers see logits, hidden states, masks and positions of their
own tokens alone.
"""

from inspect import signature
from typing import Any

import torch
from torch import nn
from transformers import Cache, DynamicCache, PreTrainedModel
from transformers.cache_utils import DynamicLayer

from pipelines.core.errors import GlassworksError

_PART = "virtual_tokens"  # the name of the module within the backbone
_MASKS = "A model with virtual tokens takes attention masks of the form [rows, tokens] alone."


def takes_virtual_tokens(model: PreTrainedModel) -> bool:
    """Whether the model keeps its whole past as plain keys and values, so that something can stand there."""
    if "past_key_values" not in signature(type(model).forward).parameters:
        return False
    return all(isinstance(layer, DynamicLayer) for layer in DynamicCache(config=model.config).layers)


def virtual_tokens(model: PreTrainedModel) -> int:
    """How many stand before each text of the model; 0 for an ordinary one."""
    found = getattr(_backbone(model), _PART, None)
    return found.count if found is not None else 0


@torch.no_grad()
def left_by(model: PreTrainedModel, vectors: torch.Tensor) -> DynamicCache:
    """What tokens with these vectors [tokens, width] in place of an embedding leave in the model's cache."""
    cache = DynamicCache()  # without a config, so that a layer with a window keeps them all too
    _backbone(model)(inputs_embeds=vectors[None].to(model.device, model.dtype), past_key_values=cache)
    return cache


@torch.no_grad()
def put_before(model: PreTrainedModel, cache: DynamicCache) -> None:
    """Have the model begin each text after what is in ``cache``, of one row. In place; raises ValueError
    where the model's own keys and values have other sizes."""
    lengths = {layer.keys.shape[-2] for layer in cache.layers}
    if len(lengths) != 1:
        raise ValueError("the window of the base's attention is shorter than its virtual tokens")
    part = _VirtualTokens([(layer.keys, layer.values) for layer in cache.layers])
    probe = DynamicCache()
    _backbone(model)(
        input_ids=torch.zeros(1, 1, dtype=torch.long, device=model.device), past_key_values=probe
    )
    there, wanted = part.sizes(), [_sizes(layer.keys) for layer in probe.layers]
    if there != wanted:
        raise ValueError(
            f"its virtual tokens are made for {len(there)} layers of {_words(there)}, and the base has "
            f"{len(wanted)} of {_words(wanted)}"
        )
    backbone = _backbone(model)
    backbone.add_module(_PART, part.to(model.device, model.dtype))
    backbone.register_forward_pre_hook(_before, with_kwargs=True)
    backbone.register_forward_hook(_after, with_kwargs=True)


class _VirtualTokens(nn.Module):
    """Keys and values [1, heads, tokens, width] of each layer; they move with the model and are not saved
    with it."""

    def __init__(self, layers: list[tuple[torch.Tensor, torch.Tensor]]):
        super().__init__()
        self.count, self._layers = layers[0][0].shape[-2], len(layers)
        for at, (keys, values) in enumerate(layers):
            self.register_buffer(f"keys_{at}", keys.detach().clone(), persistent=False)
            self.register_buffer(f"values_{at}", values.detach().clone(), persistent=False)

    def sizes(self) -> list[tuple[int, int]]:
        return [_sizes(getattr(self, f"keys_{at}")) for at in range(self._layers)]

    def begin(self, cache: Cache, rows: int) -> None:
        for at in range(self._layers):
            both = (getattr(self, f"{name}_{at}").expand(rows, -1, -1, -1) for name in ("keys", "values"))
            cache.update(*both, at)


def _backbone(model: PreTrainedModel) -> nn.Module:
    """The module with the layers: all ways through the model lead to it."""
    return model.get_decoder()


def _before(backbone: Any, args: tuple, kwargs: dict[str, Any]) -> tuple[tuple, dict[str, Any]]:
    """The backbone's arguments with the virtual tokens in the cache, in the mask and in the positions."""
    part = getattr(backbone, _PART)
    given = {**dict(zip(signature(backbone.forward).parameters, args, strict=False)), **kwargs}
    tokens = given.get("input_ids")
    rows = len(tokens if tokens is not None else given["inputs_embeds"])
    cache = given.get("past_key_values")
    if cache is None:
        cache = given["past_key_values"] = DynamicCache(config=backbone.config)
    if not cache.get_seq_length():
        part.begin(cache, rows)
    if (mask := given.get("attention_mask")) is not None:
        if not isinstance(mask, torch.Tensor) or mask.ndim != 2:
            raise GlassworksError(_MASKS)
        given["attention_mask"] = torch.cat([mask.new_ones(rows, part.count), mask], 1)
    if (positions := given.get("position_ids")) is not None:
        given["position_ids"] = positions + part.count
    return (), given


def _after(backbone: Any, _args: tuple, kwargs: dict[str, Any], out: Any) -> Any:
    """No cache where none was asked for: who reads all tokens anew each time would else meet it twice."""
    wanted = kwargs.get("use_cache")
    if not (backbone.config.use_cache if wanted is None else wanted):
        out.past_key_values = None
    return out


def _sizes(keys: torch.Tensor) -> tuple[int, int]:
    """(heads, width)"""
    return keys.shape[1], keys.shape[3]


def _words(sizes: list[tuple[int, int]]) -> str:
    return " or ".join(f"{heads} × {width}" for heads, width in sorted(set(sizes)))
