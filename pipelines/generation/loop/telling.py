"""What the raw distribution says of chosen tokens, for all rows at once."""

from collections.abc import Sequence

import torch

from pipelines.generation.loop.column import Given
from pipelines.generation.loop.line import Told


def given_of(logits: torch.Tensor, **states: object) -> Given:
    """``logits`` [rows, vocabulary]; ``states`` as in :class:`Given`."""
    log_probs = logits.log_softmax(-1)
    entropies = -(log_probs.exp() * log_probs.clamp_min(-1e30)).sum(-1)  # 0 · -inf would be NaN
    return Given(logits, log_probs, entropies, **states)


def told(given: Given, tokens: Sequence[int]) -> list[Told]:
    """One a row; ranks begin with 1."""
    at = torch.tensor(list(tokens), device=given.logits.device)[:, None]
    chosen = given.logits.gather(1, at)
    ranks = (given.logits > chosen).sum(-1).add_(1).tolist()
    log_probs = given.log_probs.gather(1, at)[:, 0].tolist()
    rows = zip(tokens, log_probs, ranks, given.entropies.tolist(), strict=True)
    return [Told(int(token), log_prob, rank, entropy) for token, log_prob, rank, entropy in rows]
