"""Gradient × input: what a small change of each token's vector, along itself, does to a prediction."""

import numpy as np
import torch

from pipelines.attention.explained import Explained


def gradient_times_input(asked: Explained, token_id: int) -> np.ndarray:
    """The gradient of the log-probability of ``token_id`` at each token's embedding, times that embedding;
    float32, one number a token."""
    with torch.inference_mode(False), torch.enable_grad():
        inputs = {name: given.clone() for name, given in asked.inputs.items()}
        vectors = asked.loaded.model.get_input_embeddings()(inputs.pop("input_ids"))
        vectors = vectors.detach().clone().requires_grad_()
        told = asked.run(inputs_embeds=vectors, **inputs)[0, token_id]
        (slope,) = torch.autograd.grad(told, vectors)
        return (slope[0].float() * vectors[0].detach().float()).sum(-1).cpu().numpy()
