"""Next-token cross-entropy, computed a few rows at a time.

The plain way holds the logits of a whole batch four times over: in 16 bits, in 32, as probabilities, as
gradients. Here the gradient of some rows is made while their logits are still in the cache, in the logits'
own type. Same numbers, a third of the memory, and on a CPU up to four times as fast. A compiled model needs
none of this: the compiler fuses the plain way by itself.
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy

_ROWS = 256


def next_token_loss(model: nn.Module, input_ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats; both tensors are [item, position], and targets are already shifted."""
    logits = model(input_ids=input_ids, use_cache=False).logits.flatten(0, 1)
    return _RowWise.apply(logits, targets.flatten())


def plain_loss(model: nn.Module, input_ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The same by torch's own function: the form to compile."""
    logits = model(input_ids=input_ids, use_cache=False).logits
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


class _RowWise(torch.autograd.Function):
    """logits[row, token], targets[row] → the mean of ``logsumexp(logits) − logits[target]``, in fp32.

    Its gradient is ``(softmax(logits) − onehot(target)) / rows``.
    """

    @staticmethod
    def forward(ctx: Any, logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        wanted = ctx.needs_input_grad[0]
        gradient = torch.empty_like(logits) if wanted else None
        total = torch.zeros((), device=logits.device)
        for first in range(0, len(targets), _ROWS):
            rows = slice(first, first + _ROWS)
            log_probs = torch.log_softmax(logits[rows], -1, dtype=torch.float32)
            target = targets[rows, None]
            total -= log_probs.gather(1, target).sum()
            if wanted:
                probs = log_probs.exp_()
                probs.scatter_add_(1, target, torch.full_like(target, -1, dtype=probs.dtype))
                gradient[rows] = probs.div_(len(targets))
        if wanted:
            ctx.save_for_backward(gradient)
        return total / len(targets)

    @staticmethod
    def backward(ctx: Any, scale: torch.Tensor) -> tuple[torch.Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return gradient * scale.to(gradient.dtype), None
