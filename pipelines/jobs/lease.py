"""Devices as jobs see them: what a setting means on this machine, and which names mean the same hardware.

A lease is no row of its own: a live job holds the device in its row, so a lease cannot outlive its job.
Knows no torch; whether torch can use the device is the worker's to find out.
"""

import os
import platform
import re
from pathlib import Path

from pipelines.core.errors import SpecError

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:\d+(,\d+)*)?")


def resolve(setting: str) -> str:
    """The device that a setting names; ``auto`` is ``cuda`` where an NVIDIA driver shows a device, ``mps``
    on Apple silicon, else ``cpu``.

    >>> resolve("cuda:1")
    'cuda:1'
    """
    if not _DEVICE.fullmatch(setting):
        raise SpecError("device", setting, "auto, cpu, mps, cuda, cuda:1, or several as cuda:0,1")
    return _found() if setting == "auto" else setting


def cuda_indices(device: str) -> tuple[int, ...]:
    """The GPUs that a device names one by one: ``cuda:0,1`` → (0, 1); none for ``cuda`` and the others."""
    family, _, numbers = device.partition(":")
    return tuple(int(n) for n in numbers.split(",")) if family == "cuda" and numbers else ()


def overlap(one: str, other: str) -> bool:
    """Whether two devices share hardware, so that a job on one must wait for the other.

    ``cuda`` is whichever GPU torch takes first, so it overlaps with each of them.
    """
    if one.partition(":")[0] != other.partition(":")[0]:
        return False
    left, right = set(cuda_indices(one)), set(cuda_indices(other))
    return not left or not right or bool(left & right)


def _found() -> str:
    if os.environ.get("CUDA_VISIBLE_DEVICES", "all") not in ("", "-1") and _has_nvidia():
        return "cuda"
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return "mps"
    return "cpu"


def _has_nvidia() -> bool:
    """The driver's device nodes: ``/dev/nvidia0`` and on; WSL has ``/dev/dxg`` with its own driver."""
    return any(Path("/dev").glob("nvidia[0-9]*")) or Path("/usr/lib/wsl/lib/libcuda.so").exists()
