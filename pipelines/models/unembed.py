"""From the residual stream to logits, outside of a model's forward pass, so that any layer can be read."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

Head = Callable[[torch.Tensor], torch.Tensor]


def prediction_head(model: Any) -> Head | None:
    """``hidden [..., d] → logits [..., vocabulary]`` after the last norm, None for a model without one.

    Families differ in what stands around the last map; a caller asks :func:`agrees` about one position
    before it trusts this.
    """
    if model.get_output_embeddings() is None:
        return None
    for found in (_masked(model), _seq2seq(model)):
        if found:
            return found
    return _causal(model)


def agrees(head: Head, hidden: torch.Tensor, logits: torch.Tensor) -> bool:
    """Whether the head makes of ``hidden``, states after the last norm, the model's own ``logits``."""
    return torch.allclose(head(hidden).float(), logits, rtol=1e-2, atol=1e-2)


def _masked(model: Any) -> Head | None:
    for name in ("cls", "predictions"):
        if callable(head := getattr(model, name, None)):
            return head
    if hasattr(model, "generator_predictions"):
        return lambda hidden: model.generator_lm_head(model.generator_predictions(hidden))
    if hasattr(model, "vocab_transform"):
        return lambda h: model.vocab_projector(
            model.vocab_layer_norm(model.activation(model.vocab_transform(h)))
        )
    if isinstance(getattr(model, "head", None), nn.Module) and hasattr(model, "decoder"):
        return lambda hidden: model.decoder(model.head(hidden))
    return None


def _seq2seq(model: Any) -> Head | None:
    if not model.config.is_encoder_decoder:
        return None
    scale = model.model_dim**-0.5 if getattr(model.config, "scale_decoder_outputs", False) else 1.0
    bias = getattr(model, "final_logits_bias", None)
    return lambda hidden: model.lm_head(hidden * scale) + (0 if bias is None else bias[0])


def _causal(model: Any) -> Head:
    config, head = model.config.get_text_config(), getattr(model, "lm_head", model.get_output_embeddings())
    cap = getattr(config, "final_logit_softcapping", None)
    scale = getattr(model, "logit_scale", None) or 1.0
    if isinstance(divisor := getattr(config, "logits_scaling", None), int | float):
        scale = scale / divisor
    project = getattr(getattr(model.base_model, "decoder", None), "project_out", None)

    def logits(hidden: torch.Tensor) -> torch.Tensor:
        # The library tells the last layer's state behind this projection, and those of the others before it.
        wide = project is not None and hidden.shape[-1] == project.in_features
        found = head(project(hidden) if wide else hidden) * scale
        return torch.tanh(found / cap) * cap if cap else found

    return logits
