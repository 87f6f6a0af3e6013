"""Where a loaded model can be tuned: its linear layers, its norms, its head.

Knows transformers' conventions; nothing of specs, data or training.
"""

from typing import Any

from torch import nn
from transformers.pytorch_utils import Conv1D

from pipelines.training.tuning.names import unfit_for_adapters


def linear_layers(model: Any) -> dict[str, nn.Module]:
    """Every linear layer of the backbone by its full name: not the head, not the output matrix."""
    output = model.get_output_embeddings()
    kept_out = set(head_names(model))
    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, (nn.Linear, Conv1D))
        and module is not output
        and not any(name == head or name.startswith(head + ".") for head in kept_out)
        and not unfit_for_adapters(model.config.model_type, name)
    }


def head_names(model: Any) -> list[str]:
    """The modules beside the backbone, the largest whole ones; an output matrix that is tied to the embedding
    is no part of it. Empty for a bare backbone."""
    if not hasattr(model, model.base_model_prefix):
        return []
    children = ((name, child) for name, child in model.named_children() if name != model.base_model_prefix)
    return [found for name, child in children for found in _whole(name, child, _tied(model))]


def embedding_name(model: Any) -> str:
    """The full name of the module that turns ids into vectors."""
    embedding = model.get_input_embeddings()
    return next(name for name, module in model.named_modules() if module is embedding)


def norm_layers(model: Any) -> dict[str, nn.Module]:
    """Every LayerNorm and RMSNorm, which transformers' models write each for themselves, but all call so."""
    return {name: module for name, module in model.named_modules() if "Norm" in type(module).__name__}


def _tied(model: Any) -> nn.Module | None:
    output, embedding = model.get_output_embeddings(), model.get_input_embeddings()
    same = output is not None and getattr(output, "weight", None) is getattr(embedding, "weight", 0)
    return output if same else None


def _whole(name: str, module: nn.Module, tied: nn.Module | None) -> list[str]:
    if tied is not None and any(inner is tied for inner in module.modules()):
        inside = module.named_children()
        return [found for child, inner in inside for found in _whole(f"{name}.{child}", inner, tied)]
    return [name] if any(True for _ in module.parameters()) else []
