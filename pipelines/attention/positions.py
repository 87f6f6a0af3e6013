"""How a model knows the order of its tokens."""

from collections.abc import Iterator
from typing import Any

from torch import nn

_TABLES = ("wpe", "position_embeddings", "embed_positions")


def position_kind(model: Any) -> str:
    """rope, relative, alibi, sinusoidal, learned or none."""
    if any("rotary" in type(module).__name__.lower() for module in model.modules()):
        return "rope"
    if any(name.endswith("relative_attention_bias") for name, _ in model.named_modules()):
        return "relative"
    if model.config.model_type in ("bloom", "mpt") or getattr(model.config, "alibi", False):
        return "alibi"
    table = next(position_tables(model), None)
    if table is None:
        return "none"
    return "sinusoidal" if "sinusoidal" in type(table[1]).__name__.lower() else "learned"


def position_tables(model: Any) -> Iterator[tuple[str, nn.Embedding]]:
    """The tables whose rows are added to the tokens' vectors, by stack: self, encoder or decoder."""
    two = model.config.is_encoder_decoder
    for path, module in model.named_modules():
        if path.endswith(_TABLES) and isinstance(module, nn.Embedding):
            yield (("decoder" if "decoder" in path.split(".") else "encoder") if two else "self"), module
