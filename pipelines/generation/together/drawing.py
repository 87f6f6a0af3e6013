"""The next token of every row, each by its own temperature, nucleus and lot. Pure functions of tensors."""

from collections.abc import Sequence

import torch

from pipelines.generation.together.row import Row


def next_tokens(logits: torch.Tensor, rows: Sequence[Row]) -> list[int]:
    """``logits`` [rows, vocabulary], float32. Temperature 0 takes the likeliest."""
    tokens = logits.argmax(-1)
    drawing = [at for at, row in enumerate(rows) if row.manner.temperature > 0]
    if drawing:
        drawn = [rows[at] for at in drawing]
        at = torch.tensor(drawing, device=logits.device)
        lots = _column([row.draw() for row in drawn], logits)
        tokens[at] = by_lot(_probabilities(logits[at], drawn), lots)
    return tokens.tolist()


def by_lot(probs: torch.Tensor, lots: torch.Tensor) -> torch.Tensor:
    """[rows]: the token at which the sum of the probabilities [rows, vocabulary] before and of it reaches the
    row's lot [rows, 1] in (0, 1]; one of no probability is never it. Need not sum to 1.

    >>> by_lot(torch.tensor([[0.5, 0.0, 0.5]]).expand(3, 3), torch.tensor([[0.5], [0.6], [1.0]])).tolist()
    [0, 2, 2]
    """
    sums = probs.cumsum(-1)
    found = torch.searchsorted(sums, lots * sums[:, -1:])[:, 0]
    return found.clamp_max(probs.shape[-1] - 1)  # scores that are no numbers must not end in no token


def nucleus(probs: torch.Tensor, top_p: torch.Tensor) -> torch.Tensor:
    """The fewest likeliest tokens that together have ``top_p`` [rows, 1], the others 0 (Holtzman et al.,
    2020, "The Curious Case of Neural Text Degeneration"); never none.

    >>> nucleus(torch.tensor([[0.2, 0.5, 0.3]]), torch.tensor([[0.6]])).tolist()
    [[0.0, 0.5, 0.30000001192092896]]
    """
    ordered, places = probs.sort(dim=-1, descending=True, stable=True)
    kept = ordered.cumsum(-1) - ordered < top_p
    kept[:, 0] = True
    return probs * torch.zeros_like(kept).scatter(-1, places, kept)


def _probabilities(logits: torch.Tensor, rows: Sequence[Row]) -> torch.Tensor:
    probs = (logits / _column([row.manner.temperature for row in rows], logits)).softmax(-1)
    if all(row.manner.top_p >= 1 for row in rows):
        return probs
    cut = nucleus(probs, _column([row.manner.top_p for row in rows], logits))
    whole = torch.tensor([row.manner.top_p >= 1 for row in rows], device=logits.device)[:, None]
    return torch.where(whole, probs, cut)


def _column(values: Sequence[float], like: torch.Tensor) -> torch.Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None]
