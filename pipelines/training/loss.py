"""Next-token cross-entropy that never holds the logits of a whole batch.

The plain way holds them four times over: in 16 bits, in 32, as probabilities, as gradients; with a large
vocabulary they are most of the memory of a step. Here some rows at a time are multiplied with the output
matrix, and their gradient is made at once, while they are still in the cache (the idea of Liger Kernel's
fused linear cross-entropy, Hsu et al. 2024). Same numbers, and on a CPU faster. A compiled model needs less
of this: the compiler fuses the plain way by itself.
"""

from typing import Any

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import PreTrainedModel

_ROWS = 256
# Whose logits are hidden states times the output matrix and nothing else: no bias, no scale, no soft cap.
_PLAIN_HEADS = (
    "GPT2LMHeadModel",
    "LlamaForCausalLM",
    "MistralForCausalLM",
    "Qwen2ForCausalLM",
    "Qwen3ForCausalLM",
)


def next_token_loss(model: nn.Module, input_ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Mean cross-entropy in nats; both tensors are [item, position], and targets are already shifted."""
    if has_plain_head(model):
        hidden = model.base_model(input_ids=input_ids, use_cache=False).last_hidden_state.flatten(0, 1)
        return projected_loss(hidden, model.get_output_embeddings().weight, targets.flatten())
    logits = model(input_ids=input_ids, use_cache=False).logits  # also for a model spread over processes
    return cross_entropy(logits.flatten(0, 1).float(), targets.flatten())


def plain_loss(model: nn.Module, input_ids: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The same by torch's own function: the form to compile."""
    logits = model(input_ids=input_ids, use_cache=False).logits
    return cross_entropy(logits.flatten(0, 1), targets.flatten())


def has_plain_head(model: nn.Module) -> bool:
    """Whether the logits are hidden states times the output matrix, an ordinary layer, and nothing else."""
    if not isinstance(model, PreTrainedModel) or type(model).__name__ not in _PLAIN_HEADS:
        return False
    head = model.get_output_embeddings()
    return (
        type(getattr(head, "original_module", head)) is nn.Linear
    )  # also where rows of it are learnt beside


def projected_loss(hidden: torch.Tensor, matrix: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """hidden[row, width], matrix[token, width], targets[row] → mean cross-entropy of ``hidden · matrixᵀ``."""
    if torch.is_autocast_enabled(hidden.device.type):
        dtype = torch.get_autocast_dtype(hidden.device.type)
        hidden, matrix = hidden.to(dtype), matrix.to(dtype)
    return _RowWise.apply(hidden, matrix, targets)


class _RowWise(torch.autograd.Function):
    """The mean of ``logsumexp(logits) − logits[target]`` in fp32, where the logits are those of some rows.

    Their gradient is ``(softmax(logits) − onehot(target)) / rows``; those of the hidden states and of the
    matrix follow by one product each.
    """

    @staticmethod
    def forward(ctx: Any, hidden: torch.Tensor, matrix: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        wanted, matrix_learns = any(ctx.needs_input_grad[:2]), ctx.needs_input_grad[1]
        total = torch.zeros((), device=hidden.device)
        to_hidden = torch.empty_like(hidden) if wanted else None
        to_matrix = torch.zeros_like(matrix, dtype=torch.float32) if matrix_learns else None
        for first in range(0, len(targets), _ROWS):
            rows = slice(first, first + _ROWS)
            log_probs = torch.log_softmax(hidden[rows] @ matrix.T, -1, dtype=torch.float32)
            target = targets[rows, None]
            total -= log_probs.gather(1, target).sum()
            if wanted:
                probs = log_probs.exp_()
                probs.scatter_add_(1, target, torch.full_like(target, -1, dtype=probs.dtype))
                gradient = probs.div_(len(targets)).to(hidden.dtype)
                to_hidden[rows] = gradient @ matrix
                if matrix_learns:
                    to_matrix += gradient.T @ hidden[rows]
        if wanted:
            ctx.save_for_backward(to_hidden, to_matrix.to(matrix.dtype) if matrix_learns else None)
        return total / len(targets)

    @staticmethod
    def backward(ctx: Any, scale: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor | None, None]:
        to_hidden, to_matrix = ctx.saved_tensors
        for_matrix = None if to_matrix is None else to_matrix * scale.to(to_matrix.dtype)
        return to_hidden * scale.to(to_hidden.dtype), for_matrix, None
