"""What this machine trains best in: the precision it computes in, and whether compiling pays.

Knows nothing about models or data.
"""

import time
from typing import Any

import torch

from pipelines.training.measure import SHORT_CONTEXT, WIDE_HEAD
from pipelines.training.speed import compiling_pays


def autocast_dtype(precision: str, device: torch.device) -> torch.dtype | None:
    """bfloat16 for autocast, or None for plain fp32. ``auto`` asks what the hardware computes in."""
    if precision == "fp32":
        return None
    if precision == "bf16" or _computes_in_bf16(device):
        return torch.bfloat16
    return None


def _computes_in_bf16(device: torch.device) -> bool:
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type == "cpu":  # where the CPU only emulates it, bf16 is many times slower than fp32
        return torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return False


def why_not_compiled(device: torch.device, expected_seconds: float) -> str:
    """Why torch.compile is left out, in words for the visitor; empty when it should be used.

    ``expected_seconds`` is how long the training would take uncompiled.
    """
    if device.type == "mps":
        return "The model runs uncompiled: torch.compile does not serve this device."
    if not compiling_pays(expected_seconds):
        return "The run is too short for torch.compile to repay its start, so the model runs uncompiled."
    if not compiler_works(device):
        return "No working C++ compiler was found, so the model runs uncompiled: slower, otherwise the same."
    return ""


def attention_for(device: torch.device, compiled: bool, context: int, head_size: int) -> str | None:
    """transformers' name of the attention to train with; None leaves the model's own.

    On the CPU the fused kernel is slower than plain matrix products whose softmax the compiler fuses, as long
    as the scores, context × context a head, stay small and each of them is a product of many numbers
    (``benchmarks/pretrain_speed.py --compile --head-size 64``).
    """
    plain = compiled and device.type == "cpu" and context <= SHORT_CONTEXT and head_size >= WIDE_HEAD
    return "eager" if plain else None


def head_size_of(config: Any) -> int:
    """Dimensions of an attention head of a model with this transformers config."""
    told = getattr(config, "head_dim", None) or getattr(config, "d_kv", None)
    return int(told or config.hidden_size // config.num_attention_heads)


def compiler_works(device: torch.device) -> bool:
    """Tried on one small function: a compiler may be there and still lack its headers. The number in it is
    new each time, so that no cache of compiled code can answer."""
    number = time.time() % 1e5
    tried = torch.compile(lambda x: x.sin() + number)
    try:
        tried(torch.ones(64, device=device))
    except Exception:  # torch raises many kinds here, and each means the same
        return False
    return True
