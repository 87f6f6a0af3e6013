"""Chance that two runs share: the same noise for the same step, whatever either of them has written.

The token with the largest ``logit / temperature + noise`` is a draw from the softmax when the noise is
Gumbel's. Two runs with one seed differ only where the models' opinions differ by more than chance.
"""

import torch


class Noise:
    def __init__(self, temperature: float, seed: int):
        self._temperature = temperature
        self._generator = torch.Generator().manual_seed(seed)

    def pick(self, logits: torch.Tensor) -> int:
        """The next token's id from ``logits`` [vocabulary]; at temperature 0 the likeliest."""
        if not self._temperature:
            return int(logits.argmax())
        uniform = torch.rand(len(logits), generator=self._generator, dtype=torch.float64)
        gumbel = -(-uniform.clamp_min(1e-300).log()).log()
        return int((logits.double().cpu() / self._temperature + gumbel).argmax())
