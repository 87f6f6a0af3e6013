"""How much was used within the last so many seconds, by key: sliding windows, in memory. The clock is given.

>>> now = [0.0]
>>> windows = Windows(60, lambda: now[0])
>>> _ = windows.take({"me": 10}, 8)
>>> windows.take({"me": 10}, 5)
Traceback (most recent call last):
    ...
app.windows.FullError: me: 60 seconds
>>> now[0] = 60.0
>>> _ = windows.take({"me": 10}, 5)
"""

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass


class FullError(Exception):
    """The window of ``key`` has no room for so many ``seconds``, infinitely many for more than its limit."""

    def __init__(self, key: str, seconds: float):
        self.key, self.seconds = key, seconds
        super().__init__(f"{key}: {seconds:.0f} seconds")


@dataclass
class Use:
    """What was taken at that moment. ``amount`` may be set to what was really used, once that is known."""

    moment: float
    amount: int


class Windows:
    """Safe to share between threads. A key of which nothing is in the window any more is forgotten."""

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic):
        self._seconds, self._clock = seconds, clock
        self._uses: dict[str, deque[Use]] = {}
        self._swept = clock()
        self._lock = threading.Lock()

    def take(self, limits: Mapping[str, int], amount: int) -> Use:
        """Count ``amount`` under every key. Raises FullError, and nothing is counted, where one of them has
        no room; the key is the one that has to wait the longest."""
        with self._lock:
            self._sweep()
            waits = {key: self._wait(key, limit - amount) for key, limit in limits.items()}
            longest = max(waits, key=lambda key: waits[key], default="")
            if waits.get(longest):
                raise FullError(longest, waits[longest])
            use = Use(self._clock(), amount)
            for key in limits:
                self._uses.setdefault(key, deque()).append(use)
            return use

    def __len__(self) -> int:
        """Keys that are remembered."""
        return len(self._uses)

    def _wait(self, key: str, room: int) -> float:
        """Seconds until no more than ``room`` is in the key's window."""
        if room < 0:
            return math.inf
        uses, wait = self._recent(key), 0.0
        used = sum(use.amount for use in uses)
        for use in uses:
            if used <= room:
                break
            used -= use.amount
            wait = use.moment + self._seconds - self._clock()
        return wait

    def _recent(self, key: str) -> deque[Use]:
        uses = self._uses.get(key, deque())
        while uses and uses[0].moment + self._seconds <= self._clock():
            uses.popleft()
        return uses

    def _sweep(self) -> None:
        """Once in a window's length."""
        if self._clock() >= self._swept + self._seconds:
            self._swept = self._clock()
            self._uses = {key: uses for key in self._uses if (uses := self._recent(key))}
