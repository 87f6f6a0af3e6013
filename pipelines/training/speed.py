"""How long training takes on this machine: a rate remembered from the last runs, or a quick measurement.

The time of a forward and backward pass is taken as a fixed part for each layer (starting its operations)
and a part that grows with the arithmetic. Torch-free, so that the page can say it before a run.
"""

import math
import os
from dataclasses import dataclass

from pipelines.common.cpu import core_rate
from pipelines.core.files import read_json, write_json
from pipelines.core.settings import Settings

COMPILE_SECONDS = 40.0  # what torch.compile takes for the training graph, roughly, on a CPU
_PAYS_FROM = 6 * COMPILE_SECONDS  # a gain of a fifth repays it after five times as long; with some margin
_LAYER_SECONDS = 0.002  # a layer's fixed part, as measured with layers too small to cost arithmetic
_SHARE = 0.35  # of all cores' rate in fp32 products that training reaches, in bf16, as measured
_COMPILED = 1.2  # how much faster compiled runs are, where only the other kind was measured


@dataclass(frozen=True)
class Work:
    """``flops`` of a number of passes, and ``layer_passes``: the passes times the layers."""

    flops: float
    layer_passes: int

    @property
    def fixed_seconds(self) -> float:
        return self.layer_passes * _LAYER_SECONDS

    def key(self, compiled: bool) -> str:
        """Rates are kept apart by the order of magnitude of a layer's work: small ones run far slower."""
        size = round(math.log10(self.flops / self.layer_passes))
        return f"{'compiled' if compiled else 'uncompiled'} 1e{size}"


class Speed:
    """Rates of training, in floating-point operations a second, under ``home/speed.json``."""

    def __init__(self, settings: Settings):
        self._file, self._threads = settings.home / "speed.json", settings.threads

    def seconds(self, work: Work, compiled: bool) -> float:
        """The time that so much work takes here, without the compilation itself."""
        return work.fixed_seconds + work.flops / self._rate(work, compiled)

    def remember(self, work: Work, seconds: float, compiled: bool) -> None:
        """Note what a run has reached; where the fixed part prevails, it says nothing of the rate."""
        if seconds > 2 * work.fixed_seconds:
            rates = read_json(self._file, {})
            self._file.parent.mkdir(parents=True, exist_ok=True)
            rate = work.flops / (seconds - work.fixed_seconds)
            write_json(self._file, {**rates, work.key(compiled): rate})

    def _rate(self, work: Work, compiled: bool) -> float:
        rates = read_json(self._file, {})
        if rate := rates.get(work.key(compiled)):
            return rate
        if rate := rates.get(work.key(not compiled)):
            return rate * (_COMPILED if compiled else 1 / _COMPILED)
        cores = self._threads or os.cpu_count() or 1
        return core_rate() * cores * _SHARE * (_COMPILED if compiled else 1)


def compiling_pays(uncompiled_seconds: float) -> bool:
    """Whether a run is long enough for torch.compile to give back the time that it takes."""
    return uncompiled_seconds >= _PAYS_FROM
