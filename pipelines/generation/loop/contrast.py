"""What one distribution likes more than another does: log p − log q, among the tokens that p finds plausible
(Li et al., 2023, "Contrastive Decoding: Open-ended Text Generation as Optimization").
"""

import math

import torch


def contrast(log_probs: torch.Tensor, other: torch.Tensor, plausibility: float) -> torch.Tensor:
    """log p − log q where p ≥ ``plausibility`` · max p, -inf elsewhere. Both [rows, vocabulary]; a token that
    ``other`` does not know (-inf) is left out before the largest p is sought.

    >>> p, q = torch.tensor([[0.6, 0.38, 0.02]]), torch.tensor([[0.8, 0.1, 0.1]])
    >>> contrast(p.log(), q.log(), 0.1)
    tensor([[-0.2877,  1.3350,    -inf]])
    """
    cut = float("-inf")
    known = log_probs.masked_fill(other == cut, cut)
    least = known.amax(-1, keepdim=True) + (math.log(plausibility) if plausibility else cut)
    return (known - other).masked_fill((known < least) | (known == cut), cut)
