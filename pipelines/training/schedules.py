"""The learning rate over the steps, as a share of its peak. Standard library only: the page draws it too.

>>> rate = Schedule("wsd", steps=100, warmup=10, decay_share=0.2, floor=0.0)
>>> rate(0), rate(50), rate(90)
(0.1, 1.0, 0.5)
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Schedule:
    """``floor`` is the share of the peak that is left at the end.

    ``cosine``: Loshchilov & Hutter 2017; ``wsd`` (warm-up, stable, decay): Hu et al. 2024, MiniCPM.
    """

    name: str
    steps: int
    warmup: int
    decay_share: float
    floor: float

    def __call__(self, step: int) -> float:
        """The factor of optimiser step ``step``, counted from 0."""
        if step < self.warmup:
            return (step + 1) / self.warmup
        left = 1 - self._progress(step)
        if self.name == "cosine":
            left = 0.5 * (1 + math.cos(math.pi * (1 - left)))
        elif self.name == "constant":
            return 1.0
        return self.floor + (1 - self.floor) * left

    def _progress(self, step: int) -> float:
        """0 where the fall begins, 1 at the end."""
        begin = self.warmup
        if self.name == "wsd":
            begin = max(begin, self.steps - max(1, round(self.steps * self.decay_share)))
        return min(1.0, max(0.0, (step - begin) / max(1, self.steps - begin)))
