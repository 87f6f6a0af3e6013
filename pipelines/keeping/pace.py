"""How often a place may be written: the Hub takes some hundred commits an hour, and asks for peace with 429.

Pure: times are seconds of a clock that is given.
"""

import time
from collections.abc import Callable

BURST, EVERY = 20.0, 36.0  # commits that may be saved up; seconds in which one comes back: 100 an hour
_FIRST, _LAST = 2.0, 300.0  # seconds to wait after the first fault, and after many


class Pace:
    """Saved-up commits come back one every ``every`` seconds, up to ``burst`` of them. The fewer are left,
    the longer is the time between two: the first go at once, and nobody waits long after a quiet time.

    >>> pace = Pace(burst=1, every=10, clock=lambda: 0.0)
    >>> pace.wait(), pace.went(), pace.wait()
    (0.0, None, 10.0)
    """

    def __init__(
        self, burst: float = BURST, every: float = EVERY, clock: Callable[[], float] = time.monotonic
    ):
        self._burst, self._every, self._clock = burst, every, clock
        self._saved, self._at = burst, clock()
        self._faults, self._until = 0, 0.0

    def wait(self) -> float:
        """Seconds until the next commit."""
        now = self._clock()
        saved = self._saved_at(now)
        lacking = (1.0 - saved) * self._every
        apart = self._at + self._every * (1.0 - saved / self._burst) ** 2 - now
        return max(0.0, lacking, apart, self._until - now if self._faults else 0.0)

    def went(self) -> None:
        """A commit was made."""
        self._spend()
        self._faults = 0

    def failed(self, after: float = 0.0) -> None:
        """Twice as long as after the fault before, and at least as long as the place asks."""
        self._spend()
        self._faults += 1
        wait = min(_LAST, _FIRST * 2 ** min(self._faults - 1, 20))
        self._until = self._clock() + max(wait, after)

    def _spend(self) -> None:
        now = self._clock()
        self._saved, self._at = max(0.0, self._saved_at(now) - 1.0), now

    def _saved_at(self, now: float) -> float:
        return min(self._burst, self._saved + (now - self._at) / self._every)
