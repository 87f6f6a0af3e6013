"""A share with Wilson's interval, also of halves: a tie is half a win. Standard library only."""

import math
from dataclasses import dataclass

_Z = 1.959963984540054  # of a 95 % interval


@dataclass(frozen=True)
class Share:
    """``value`` of ``count``, with its 95 % interval; all None where nothing was counted."""

    value: float | None
    low: float | None
    high: float | None
    count: int


def wilson(hits: float, count: int) -> Share:
    """Wilson (1927), without correction. Halves make the interval too wide rather than too narrow, since a
    tie varies less than a win or a loss.

    >>> share = wilson(8, 10)
    >>> round(share.low, 3), round(share.high, 3)
    (0.49, 0.943)
    """
    if not 0 <= hits <= count:
        raise ValueError(f"{hits} hits of {count}")
    if not count:
        return Share(None, None, None, 0)
    share, weight = hits / count, _Z**2 / count
    middle = (share + weight / 2) / (1 + weight)
    reach = _Z * math.sqrt(share * (1 - share) / count + weight / (4 * count)) / (1 + weight)
    # The ends of a share of 0 and of 1 are these exactly; rounding must not put the share outside.
    return Share(share, max(0.0, min(share, middle - reach)), min(1.0, max(share, middle + reach)), count)
