"""How long to wait before a server is asked again. Opens no connection. Standard library only."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from pipelines.core.errors import SpecError


@dataclass(frozen=True)
class Patience:
    """At most ``tries`` requests for one answer; before the second ``first`` seconds, then twice as many each
    time, never more than ``longest``."""

    tries: int = 4
    first: float = 1.0
    longest: float = 60.0

    def __post_init__(self) -> None:
        if self.tries < 1:
            raise SpecError("tries", self.tries, "1 or more")
        if not 0 <= self.first <= self.longest:
            raise SpecError("first", self.first, "0 seconds up to the longest wait")

    def wait(self, failed: int, told: float | None = None, lot: float | None = None) -> float:
        """Seconds after so many failures. Half of it is by lot, so that requests that failed together do not
        come back together (Brooker, 2015, "Exponential Backoff And Jitter"); never less than the server has
        ``told``, unless that is longer than the longest wait.

        >>> [Patience(first=1).wait(failed, lot=1.0) for failed in (1, 2, 3)]
        [1.0, 2.0, 4.0]
        >>> Patience(first=1).wait(1, told=7, lot=0.5)
        7
        """
        whole = min(self.longest, self.first * 2 ** (failed - 1))
        lot = random.random() if lot is None else lot
        return min(self.longest, max(whole * (0.5 + 0.5 * lot), told or 0))


def retry_after(headers: Mapping[str, str], now: float | None = None) -> float | None:
    """Seconds that the server asks to wait for, by ``Retry-After`` (RFC 9110, 10.2.3): a number of them, or a
    date.

    >>> retry_after({"retry-after": "3"}), retry_after({"retry-after": "soon"})
    (3.0, None)
    """
    told = headers.get("retry-after", "").strip()
    try:
        if told.isdecimal():
            return float(told)
        return max(0.0, parsedate_to_datetime(told).timestamp() - (time.time() if now is None else now))
    except (ValueError, TypeError, OverflowError):
        return None
