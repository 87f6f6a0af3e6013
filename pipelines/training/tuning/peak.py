"""What a run takes of the memory, measured while it trains.

On the CPU that is what its process holds at most beyond what it held before the model was loaded: libraries
and rows are left out; the model, its gradients, the optimiser and all that a step keeps are in. On a GPU it
is what torch has allocated there at most.
"""

import contextlib
import ctypes
import sys
from collections.abc import Callable

import torch

from pipelines.training.tuning.dry_run import Meter, can_measure


class PeakMemory:
    """Make it before the model is loaded. ``figures`` is empty where memory cannot be read, and before
    anything was watched; of a resumed run it tells the last sitting alone."""

    def __init__(self, device: torch.device):
        _trim()  # what rows have left behind is not to be taken again unseen
        self._meter = Meter(device) if can_measure(device) else None
        self.figures: dict[str, int] = {}

    def watched(self, training: Callable[[], object]) -> None:
        """Do ``training``, evaluations and checkpoints within it included, and keep the peak."""
        if self._meter is None:
            training()
            return
        self._meter.clear()
        _trim()
        peak, _ = self._meter.measured(training)
        self.figures = {"peak_memory_bytes": peak}


def _trim() -> None:
    """Have the C library give back what was freed, which a step tried before the training took: glibc alone
    keeps it, and elsewhere there is nothing to do."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL("libc.so.6").malloc_trim(0)
