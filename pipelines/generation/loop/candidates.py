"""From the scores of every stage of a step to what is told of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pipelines.generation.comparing import Stages
from pipelines.models.pieces import texts_of

_TINY = torch.finfo(torch.float32).tiny


def told_stages(
    tokenizer: Any, stages: Sequence[tuple[str, torch.Tensor]], wanted: Sequence[Sequence[int]], top: int
) -> list[Stages]:
    """One a row. ``stages`` hold scores [rows, vocabulary], -inf where a token is cut; the tokens ``wanted``
    of a row are always among its candidates."""
    names = tuple(name for name, _ in stages)
    return [
        _told(tokenizer, names, [scores[row] for _, scores in stages], wanted[row], top)
        for row in range(len(wanted))
    ]


@dataclass(frozen=True)
class _Stage:
    """A distribution over the tokens that are kept alone: of a large vocabulary those are mostly few."""

    scores: torch.Tensor  # [vocabulary]
    kept: torch.Tensor  # [kept], ids; None where all are
    log_sum: torch.Tensor
    entropy: torch.Tensor

    def probs(self, ids: torch.Tensor) -> torch.Tensor:
        """Exactly 0 where a token is cut, and never where it is not."""
        scores = self.scores[ids]
        kept = scores > float("-inf")
        return torch.where(kept, (scores - self.log_sum).exp().clamp_min(_TINY), 0)

    def best(self, top: int) -> torch.Tensor:
        return self.kept[self.scores[self.kept].topk(min(top, len(self.kept))).indices]


def _stage(scores: torch.Tensor) -> _Stage:
    kept = (scores > float("-inf")).nonzero()[:, 0]
    own = scores if len(kept) == len(scores) else scores[kept]
    log_sum = own.logsumexp(-1)
    log_probs = own - log_sum
    return _Stage(scores, kept, log_sum, -(log_probs.exp() * log_probs).sum())


def _told(
    tokenizer: Any, names: tuple[str, ...], stages: list[torch.Tensor], wanted: Sequence[int], top: int
) -> Stages:
    """Of one row; ``stages`` are [vocabulary] each."""
    found = [_stage(scores) for scores in stages]
    best = torch.cat([one.best(top) for one in found]).unique()
    highest = torch.stack([one.probs(best) for one in found]).amax(0)
    ids = best[highest.argsort(descending=True)[:top]].tolist()
    missing = [one for one in dict.fromkeys(wanted) if one not in ids]
    ids = ids[: max(0, top - len(missing))] + missing
    at = torch.tensor(ids, device=stages[0].device)
    return Stages(
        names=names,
        ids=at.int().cpu().numpy(),
        texts=texts_of(tokenizer, ids),
        probs=torch.stack([one.probs(at) for one in found]).cpu().numpy(),
        kept=torch.tensor([len(one.kept) for one in found]).int().numpy(),
        entropy=torch.stack([one.entropy for one in found]).cpu().numpy(),
        lost=torch.stack([_lost(*pair) for pair in zip([found[0], *found], found, strict=False)])
        .cpu()
        .numpy(),
    )


def _lost(before: _Stage, after: _Stage) -> torch.Tensor:
    """The probability, before, of what is cut after."""
    if len(after.kept) == len(before.kept):
        return torch.zeros(())
    return (1 - before.probs(after.kept).sum()).clamp(0, 1)
