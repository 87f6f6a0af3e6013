"""How little a model expected the tokens that came."""

import torch


def surprise(logits: torch.Tensor, told: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """``loss`` [n], -log p in nats of each of the tokens ``told`` [n], and its ``rank`` [n], 0 for the
    likeliest; ``logits`` [n, vocabulary] are those that it was predicted by."""
    of_told = logits.gather(1, told[:, None])
    return logits.logsumexp(-1) - of_told[:, 0], (logits > of_told).sum(-1)
