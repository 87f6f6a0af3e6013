"""bitsandbytes' 4 bits on a CPU, mended: its kernel (seen in 0.50.2) takes the scales of the wrong blocks
where a block goes on from one row of a matrix into the next, as with rows of 352 numbers and blocks of 64.
What comes back is off by a quarter of the matrix's norm, in place of a tenth. As one long row the same bytes
are read right, so that is how they are read here.
"""

import functools
import math
import warnings
from collections.abc import Sequence
from typing import Any

import bitsandbytes  # noqa: F401  registers the operators
import torch

_OPERATOR = "bitsandbytes::dequantize_4bit"
_KEPT: list[Any] = []  # a registration lasts as long as its library object


@functools.cache
def mend() -> None:
    """Once a process, before any model is read in 4 bits. Other devices keep their kernels."""
    theirs = torch.library.get_kernel(_OPERATOR, "CPU")
    keys = torch._C.DispatchKeySet(torch._C.DispatchKey.CPU)

    def dequantize(
        A: torch.Tensor,
        absmax: torch.Tensor,
        blocksize: int,
        quant_type: str,
        shape: Sequence[int],
        dtype: torch.dtype,
    ) -> torch.Tensor:
        row = [1, math.prod(shape)]
        return theirs.call_boxed(keys, A, absmax, blocksize, quant_type, row, dtype).reshape(shape)

    library = torch.library.Library("bitsandbytes", "IMPL")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a kernel is replaced is meant
        library.impl("dequantize_4bit", dequantize, "CPU")
    _KEPT.append(library)
