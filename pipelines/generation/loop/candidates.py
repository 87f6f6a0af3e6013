"""From the scores of every stage of a step to what is told of it, for many steps at once."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch

from pipelines.generation.comparing import Stages
from pipelines.generation.loop.line import Line
from pipelines.models.pieces import texts_of

_TINY = torch.finfo(torch.float32).tiny
_LOWEST = torch.finfo(torch.float32).min

Staged = Sequence[tuple[str, torch.Tensor]]  # name, scores [vocabulary], -inf where a token is cut


@dataclass
class Tracer:
    """Collects the stages of all columns, so that one pass over them tells what each was."""

    tokenizer: Any
    top: int  # candidates; 0: nothing is asked for
    _waiting: list[tuple[Line, Staged, Sequence[int]]] = field(default_factory=list)

    def add(self, line: Line, stages: Staged, wanted: Sequence[int]) -> None:
        """Have the stages of the newest token of ``line`` told by :meth:`flush`."""
        if self.top:
            self._waiting.append((line, stages, wanted))

    def flush(self) -> None:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        lines, stages, wanted = zip(*waiting, strict=True)
        for line, told in zip(lines, told_of(self.tokenizer, stages, wanted, self.top), strict=True):
            line.stages.append(told)


def told_stages(
    tokenizer: Any, stages: Sequence[tuple[str, torch.Tensor]], wanted: Sequence[Sequence[int]], top: int
) -> list[Stages]:
    """One a row of ``stages``, the scores of which are [rows, vocabulary] here."""
    rows = [[(name, scores[row]) for name, scores in stages] for row in range(len(wanted))]
    return told_of(tokenizer, rows, wanted, top)


def told_of(
    tokenizer: Any, steps: Sequence[Staged], wanted: Sequence[Sequence[int]], top: int
) -> list[Stages]:
    """One a step, all of one vocabulary; the tokens ``wanted`` of a step are always among its candidates."""
    all_scores = torch.stack([scores for stages in steps for _, scores in stages])
    kept = all_scores > float("-inf")
    log_probs = all_scores.log_softmax(-1)
    probs = log_probs.exp()
    entropy = -(probs * log_probs.clamp_min(_LOWEST)).sum(-1)  # 0 · -inf would be NaN
    likely, best = probs.topk(min(top, probs.shape[-1]))
    probs = torch.where(kept, probs.clamp_min(_TINY), 0)  # 0 says that a token is cut
    lost = _lost(kept, probs, [len(stages) for stages in steps])
    counts = kept.sum(-1).int()
    found, first = [], 0
    for stages, must in zip(steps, wanted, strict=True):
        own = slice(first, first + len(stages))
        first = own.stop
        ids = _candidates(likely[own], best[own], must, top)
        at = torch.tensor(ids, device=probs.device)
        found.append(
            Stages(
                names=tuple(name for name, _ in stages),
                ids=at.int().cpu().numpy(),
                texts=texts_of(tokenizer, ids),
                probs=probs[own][:, at].cpu().numpy(),
                kept=counts[own].cpu().numpy(),
                entropy=entropy[own].cpu().numpy(),
                lost=lost[own].cpu().numpy(),
            )
        )
    return found


def _lost(kept: torch.Tensor, probs: torch.Tensor, lengths: list[int]) -> torch.Tensor:
    """[stages]: the probability, in the stage before, of what each has cut; 0 for a step's first."""
    cut = torch.zeros(len(kept), device=kept.device)
    if len(kept) > 1:
        cut[1:] = (probs[:-1] * ~kept[1:]).sum(-1).clamp(0, 1)
    cut[[sum(lengths[:at]) for at in range(len(lengths))]] = 0
    return cut


def _candidates(likely: torch.Tensor, best: torch.Tensor, wanted: Sequence[int], top: int) -> list[int]:
    """The likeliest of any stage ([stages, top] each), the likeliest first, with room for what is wanted."""
    highest: dict[int, float] = {}
    for id_, prob in zip(best.flatten().tolist(), likely.flatten().tolist(), strict=True):
        highest[id_] = max(prob, highest.get(id_, 0.0))
    ids = sorted(highest, key=highest.__getitem__, reverse=True)[:top]
    missing = [one for one in dict.fromkeys(wanted) if one not in ids]
    return ids[: max(0, top - len(missing))] + missing
