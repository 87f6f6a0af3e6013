"""Which device a worker computes on, in which precision, and with how many CPU threads."""

import os

import torch

from pipelines.core.errors import SpecError
from pipelines.core.settings import Settings


def pick_device(wanted: str) -> torch.device:
    """``auto`` takes CUDA, then Apple's MPS, then the CPU; raises SpecError for what is not there."""
    if wanted == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
        return torch.device(name)
    try:
        device = torch.device(wanted)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise SpecError(
            "GLASSWORKS_DEVICE", wanted, "auto, or a device that is here: cpu, cuda:0, mps"
        ) from error
    return device


def pick_dtype(device: torch.device) -> torch.dtype:
    """fp32 on the CPU, where bf16 saves no time a token in a small model and costs exactness."""
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    return torch.float16 if device.type == "mps" else torch.float32


def use_threads(settings: Settings) -> int:
    """Set and return the number of CPU threads: the setting, or one core fewer than there are.

    The core left over is the page's. Taking all is also slower where a training job shares the machine: each
    operation of a small model then waits for the thread that is not running.
    """
    count = settings.threads or max(1, usable_cores() - 1)
    torch.set_num_threads(count)
    return count


def usable_cores() -> int:
    """Cores this process may run on: fewer than the machine's under ``taskset`` or in a container."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
