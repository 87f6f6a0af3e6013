"""One measured step before a training begins: what a batch of the longest rows takes of memory and time.

Nothing is learnt by it: gradients are thrown away, the random numbers are put back. One row goes first,
then two: where these say that the batch will not fit, it is not tried, as a process would be killed without
a word.
"""

import ctypes
import gc
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipelines.core.errors import GlassworksError
from pipelines.jobs.context import JobContext
from pipelines.training.optimizers import state_bytes
from pipelines.training.tuning.offers import Offer, is_refusal, offered_words, offers
from pipelines.training.tuning.specs import TuneSpec

_C = ctypes.CDLL(None)
_UNLIMITED = 1 << 60  # what control groups write for no limit


@dataclass(frozen=True)
class Measured:
    """Of a step with ``batch_size`` rows of the longest in one process: ``memory_bytes`` at its peak, the
    libraries and the optimiser's state included, and ``seconds_per_step`` with all its passes. ``seconds``
    are those of all ``steps``, as the rows are on average."""

    batch_size: int
    longest: int
    memory_bytes: int
    free_bytes: int
    seconds_per_step: float
    steps: int
    seconds: float


class TooLargeError(GlassworksError):
    """A step does not fit the memory; each of ``mends`` are fields of the spec that make it take less, the
    first with the same number of rows a step."""

    def __init__(self, message: str, mends: tuple[Offer, ...]):
        self.mends = mends
        super().__init__(message)


@dataclass(frozen=True)
class Trial:
    """How a run does a step. ``step(rows)`` is a forward and backward pass of so many of the longest rows,
    the gradients left in ``model``; ``longest`` are their tokens, ``mean`` those of all rows."""

    model: nn.Module
    step: Callable[[int], None]
    longest: int
    mean: float
    steps: int


def dry_run(spec: TuneSpec, context: JobContext, trial: Trial) -> Measured:
    """Measure, and tell the job's readers (event ``measured``, the fields of :class:`Measured`).

    Raises :class:`TooLargeError` where a step does not fit, before or after it was tried.
    """
    context.phase("measuring a step")
    meter = Meter(next(trial.model.parameters()).device)
    state = state_bytes(spec.optimizer, trial.model)  # it comes with the first real step
    free = meter.free(max(1, spec.processes))
    try:
        with torch.random.fork_rng(devices=meter.devices):
            growth, seconds = _tried(spec, trial, meter, free - state)
    except (MemoryError, RuntimeError) as error:
        if not is_refusal(error):
            raise
        raise too_large(spec, trial.longest, None, free) from error
    finally:
        trial.model.zero_grad(set_to_none=True)
        meter.clear()
    each = seconds * spec.gradient_accumulation_steps
    mean = min(1.0, trial.mean / max(1, trial.longest))
    memory = meter.began + growth + state
    measured = Measured(
        _each(spec), trial.longest, memory, free, each, trial.steps, trial.steps * each * mean
    )
    context.emit("measured", **asdict(measured))
    return measured


def can_measure(device: torch.device) -> bool:
    """Whether memory can be read here: on a GPU, and on the CPU under Linux."""
    return device.type == "cuda" or (device.type == "cpu" and Path("/proc/self/clear_refs").exists())


def step_of(
    trainer: Any, batch: Callable[[int], Any], loss: Callable[[Any, Any], torch.Tensor] | None = None
) -> Callable[[int], None]:
    """A :attr:`Trial.step` with the trainer's own loss and precision. ``batch`` collates so many of the
    longest rows; ``loss`` replaces a compiled one, which each shape would compile anew."""
    arguments = trainer.args
    if getattr(arguments, "gradient_checkpointing", False):  # else the Trainer turns it on when it starts
        trainer.model.gradient_checkpointing_enable({"use_reentrant": False})

    def step(rows: int) -> None:
        trainer.model.train()
        inputs = {name: tensor.to(arguments.device) for name, tensor in batch(rows).items()}
        with trainer.autocast_smart_context_manager():
            (loss or trainer.compute_loss)(trainer.model, inputs).backward()

    return step


def too_large(spec: TuneSpec, longest: int, needed: int | None, free: int) -> TooLargeError:
    """The error with what to change: half the rows a pass and twice the passes, while there are two rows."""
    takes = f"needs about {needed / 1e9:.1f} GB more than is taken already; " if needed else "does not fit: "
    rows = _each(spec)
    of = f" in each of {spec.processes} processes" if spec.processes > 1 else ""
    answers = getattr(spec, "num_generations", 0)
    each = f"prompts, each with {answers} answers," if answers else "rows"
    what = f"A step of {rows} {each} of {longest:,} tokens{of} {takes}{free / 1e9:.1f} GB are free."
    last = "Take a smaller base, or a machine with more memory."
    return TooLargeError(f"{what} {offered_words(spec) or last}", offers(spec))


def _each(spec: TuneSpec) -> int:
    """Rows of a pass in one process."""
    return spec.batch_size // max(1, spec.processes)


def free_of_limits(proc: Path = Path("/proc"), groups: Path = Path("/sys/fs/cgroup")) -> int:
    """Bytes that this process may still take of the main memory: what the machine has, within the limit of
    its control group."""
    lines = (proc / "meminfo").read_text(encoding="utf-8").splitlines()
    available = next(int(x.split()[1]) * 1024 for x in lines if x.startswith("MemAvailable"))
    return min(available, _group_free(groups))


class Meter:
    """Memory and time of what runs on a device."""

    def __init__(self, device: torch.device):
        self._device = device
        self._cuda = device.type == "cuda"
        self.devices = [device] if self._cuda else []
        self.clear()  # what goes during the first step would hide as much of what the step takes
        self.began = self.held()

    def measured(self, action: Callable[[], None]) -> tuple[int, float]:
        """(bytes at the peak beyond what was held when the meter was made, seconds)."""
        self.clear()
        self._reset()
        begun = time.perf_counter()
        action()
        if self._cuda:
            torch.cuda.synchronize(self._device)
        seconds = time.perf_counter() - begun
        return max(0, self._peak() - self.began), seconds

    def held(self) -> int:
        if self._cuda:
            return torch.cuda.memory_allocated(self._device)
        return _status("VmRSS")

    def free(self, processes: int = 1) -> int:
        """What one of so many processes may take: a GPU is its own, the main memory is for all."""
        return torch.cuda.mem_get_info(self._device)[0] if self._cuda else free_of_limits() // processes

    def clear(self) -> None:
        """Give back what nobody uses: else a step is served from it, and seems to take nothing."""
        gc.collect()
        if self._cuda:
            torch.cuda.empty_cache()
        elif hasattr(_C, "malloc_trim"):  # glibc keeps freed blocks of up to 32 MB
            _C.malloc_trim(0)

    def _reset(self) -> None:
        if self._cuda:
            torch.cuda.reset_peak_memory_stats(self._device)
        else:
            Path("/proc/self/clear_refs").write_text("5")  # the peak starts again from what is held now

    def _peak(self) -> int:
        return torch.cuda.max_memory_allocated(self._device) if self._cuda else _status("VmHWM")


def _tried(spec: TuneSpec, trial: Trial, meter: "Meter", room: int) -> tuple[int, float]:
    """(bytes beyond what was held at first, seconds) of the whole batch; :class:`TooLargeError` where one row
    and two say that it would take more than ``room``."""
    meter.measured(lambda: trial.step(1))  # what is built once is no part of a row
    one, seconds = _step(trial, 1, meter)
    rows = _each(spec)
    if rows == 1:
        return one, seconds
    two, seconds = _step(trial, 2, meter)
    if rows == 2:
        return two, seconds
    expected = two + (rows - 2) * max(0, two - one)
    if expected > room:
        raise too_large(spec, trial.longest, expected, room)
    return _step(trial, rows, meter)


def _step(trial: Trial, rows: int, meter: "Meter") -> tuple[int, float]:
    trial.model.zero_grad(set_to_none=True)
    return meter.measured(lambda: trial.step(rows))


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name + ":"))


def _group_free(groups: Path) -> int:
    """What the control group leaves; pages of files that nobody uses now can be had back."""
    for limit, used, inside in (
        ("memory.max", "memory.current", "memory.stat"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
    ):
        try:
            most, now, stat = (
                (groups / x).read_text(encoding="utf-8").strip() for x in (limit, used, inside)
            )
        except OSError:
            continue
        idle = next((int(x.split()[1]) for x in stat.splitlines() if x.startswith("inactive_file ")), 0)
        if most.isdigit() and int(most) < _UNLIMITED:
            return max(0, int(most) - int(now) + idle)
    return _UNLIMITED
