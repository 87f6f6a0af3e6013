"""From what a model says to what is drawn from: every stage of a strategy, in order. A pure function."""

from dataclasses import dataclass

import torch

from pipelines.generation.loop.processors import penalties, staged, warpers
from pipelines.generation.strategy import Strategy

Stage = tuple[str, torch.Tensor]  # name, scores [rows, vocabulary], -inf where a token is cut


@dataclass(frozen=True)
class Raw:
    """``logits`` [rows, vocabulary]; ``adjusted`` of the same shape are scores that a method named ``method``
    puts in their place; ``allowed`` masks what a constraint leaves."""

    logits: torch.Tensor
    method: str = ""
    adjusted: torch.Tensor | None = None
    allowed: torch.Tensor | None = None


def stages_of(strategy: Strategy, raw: Raw, input_ids: torch.Tensor, prompt: int) -> list[Stage]:
    """``raw`` first, what is drawn from last. ``input_ids`` [rows, tokens] are the prompt, of ``prompt``
    tokens, and the new text so far."""
    found: list[Stage] = [("raw", raw.logits)]
    if raw.adjusted is not None:
        found.append((raw.method, raw.adjusted))
    found += staged(penalties(strategy, prompt), input_ids, found[-1][1])
    if raw.allowed is not None:
        found.append(("constraint", found[-1][1].masked_fill(~raw.allowed, float("-inf"))))
    return found + staged(warpers(strategy, raw.logits.device), input_ids, found[-1][1])
