"""The optimisers of pretraining: AdamW, or Muon for the matrices with AdamW for the rest.

Muon (Jordan et al. 2024) replaces the momentum of a matrix by the nearest half-orthogonal one, found by five
Newton–Schulz steps; the scale of Liu et al. 2025 ("Muon is scalable for LLM training") gives its updates the
size of AdamW's, so that both take one learning rate. Embeddings, norms and biases are no such matrices.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

_BETA1, _MOMENTUM = 0.9, 0.95
_ROWS = "trainable_tokens_delta"  # as PEFT calls rows of the embedding that are learnt beside it


def make_optimizer(
    name: str, model: nn.Module, learning_rate: float, weight_decay: float, beta2: float
) -> torch.optim.Optimizer:
    """``adamw`` or ``muon`` over the model's parameters; only matrices decay."""
    matrices, rest = split_parameters(model)
    if name == "adamw":
        learnt = [*matrices, *rest]
        groups = [
            {"params": [p for p in learnt if p.ndim >= 2], "weight_decay": weight_decay},
            {"params": [p for p in learnt if p.ndim < 2], "weight_decay": 0.0},
        ]
        return _adamw([g for g in groups if g["params"]], learning_rate, beta2)
    muon = torch.optim.Muon(
        matrices,
        lr=learning_rate,
        weight_decay=weight_decay,
        momentum=_MOMENTUM,
        adjust_lr_fn="match_rms_adamw",
    )
    return Together(muon, _adamw([{"params": rest, "weight_decay": 0.0}], learning_rate, beta2))


def state_bytes(name: str, model: nn.Module) -> int:
    """What the optimiser keeps of what is learnt, from its first step on: Muon one average of a matrix, AdamW
    two of all else."""
    matrices, rest = split_parameters(model)
    averages = {"adamw": 2, "muon": 1}[name]
    return averages * _bytes(matrices) + 2 * _bytes(rest)


def _bytes(parameters: list[nn.Parameter]) -> int:
    return sum(p.numel() * p.element_size() for p in parameters)


def split_parameters(model: nn.Module) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
    """(the weights of linear layers between hidden states, all others), each parameter once."""
    tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
    tables |= {id(p) for name, p in model.named_parameters() if _ROWS in name}
    output = getattr(model, "get_output_embeddings", lambda: None)()
    if output is not None:
        tables.add(id(output.weight))
    learnt = [p for p in model.parameters() if p.requires_grad]
    matrices = [p for p in learnt if p.ndim == 2 and id(p) not in tables]
    chosen = set(map(id, matrices))
    return matrices, [p for p in learnt if id(p) not in chosen]


def _adamw(groups: list[dict[str, Any]], learning_rate: float, beta2: float) -> torch.optim.AdamW:
    return torch.optim.AdamW(groups, lr=learning_rate, betas=(_BETA1, beta2), fused=True)


class Together(torch.optim.Optimizer):
    """Several optimisers as one: a scheduler sees the groups of all, a checkpoint holds the state of all."""

    def __init__(self, *parts: torch.optim.Optimizer):
        self._parts = parts
        super().__init__([g for part in parts for g in part.param_groups], {})
        self._share_groups()

    def _share_groups(self) -> None:
        """The very dictionaries of the parts, so that a rate set here is the rate there."""
        self.param_groups = [g for part in self._parts for g in part.param_groups]

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        loss = closure() if closure else None
        for part in self._parts:
            part.step()
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        for part in self._parts:
            part.zero_grad(set_to_none)

    def state_dict(self) -> dict[str, Any]:
        return {"parts": [part.state_dict() for part in self._parts]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        for part, state in zip(self._parts, state_dict["parts"], strict=True):
            part.load_state_dict(state)
        self._share_groups()
