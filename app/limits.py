"""How much a visitor may ask for: tokens a minute, bytes uploaded an hour, requests at once. The owner may
ask for anything.

A visitor is counted by their id. A guest is counted by the address too, since a new secret costs nothing:
so many guests' worth come from one address, which a class or an office may share.
"""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from app.addresses import address_of
from app.identity import Visitor
from app.windows import FullError, Use, Windows
from pipelines.core.errors import TooMuchError
from pipelines.core.settings import Settings

ADDRESS_SHARE = 8  # guests' worth from one address
MB = 1024 * 1024
_MINUTE, _HOUR = 60.0, 3600.0
_LATER = 2.0  # seconds after which a request that was one too many may be tried again


class Limits:
    """Safe to share between threads. Every refusal is a :class:`TooMuchError` that says what is accepted and
    when to come back. A limit of 0 in the settings is none."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic):
        self._settings = settings
        self._tokens, self._uploads = Windows(_MINUTE, clock), Windows(_HOUR, clock)
        self._open: Counter[tuple[str, int]] = Counter()  # by key and request
        self._lock = threading.Lock()

    def tokens(self, visitor: Visitor, request: Any, count: int) -> Use:
        """Count tokens that may be written or read; set the answer's ``amount`` to what they became."""
        limit = self._settings.visitor_tokens_per_minute
        hint = f"This may take {count:,}: ask for fewer or shorter texts."
        shares = self._shares(visitor, request, limit)
        return _taken(self._tokens, shares, count, f"{limit:,} tokens a minute", hint)

    def upload(self, visitor: Visitor, request: Any, bytes: int) -> Use:
        """Count bytes that are sent; set the answer's ``amount`` to what has come of them."""
        limit = self._settings.visitor_upload_mb_per_hour
        hint = f"This is {bytes / MB:,.0f} MB: send less."
        shares = self._shares(visitor, request, limit * MB)
        return _taken(self._uploads, shares, bytes, f"{limit:,} MB an hour", hint)

    @contextmanager
    def at_once(self, visitor: Visitor, request: Any) -> Iterator[None]:
        """Counts as under way within the block; several blocks of one request count once."""
        asked = id(getattr(request, "request", None) or request)  # the server's own, one for each event
        mine = Counter((key, asked) for key in self.keys(visitor, request))
        with self._lock:
            if not mine & self._open:
                self._check_room(visitor, request, Counter(key for key, _ in self._open))
            self._open += mine
        try:
            yield
        finally:
            with self._lock:
                self._open -= mine  # those at 0 are forgotten

    def room_beside(self, visitor: Visitor, request: Any, others: Iterable[tuple[str, ...]]) -> None:
        """Raise where so many are under way already; ``others`` are the :meth:`keys` of each that is."""
        self._check_room(visitor, request, Counter(key for keys in others for key in keys))

    def keys(self, visitor: Visitor, request: Any) -> tuple[str, ...]:
        """What a request is counted under, the visitor's id first; nothing for the owner."""
        if visitor.is_owner:
            return ()
        if visitor.signed_in:
            return (visitor.id,)
        return visitor.id, f"from {address_of(request, self._settings.on_space)}"

    def _shares(self, visitor: Visitor, request: Any, limit: int) -> dict[str, int]:
        """How much each key may have, the visitor's id first; nothing where there is no limit."""
        keys = self.keys(visitor, request) if limit else ()
        return {key: limit * (ADDRESS_SHARE if place else 1) for place, key in enumerate(keys)}

    def _check_room(self, visitor: Visitor, request: Any, counted: Mapping[str, int]) -> None:
        limit = self._settings.visitor_at_once
        for key, most in self._shares(visitor, request, limit).items():
            if counted[key] >= most:
                then = "Wait until one is done, or stop one."
                raise _refusal(f"{limit:,} requests at once", key != visitor.id, then, _LATER)


def _taken(windows: Windows, shares: dict[str, int], amount: int, told: str, hint: str) -> Use:
    try:
        return windows.take(shares, amount)
    except FullError as full:
        if math.isinf(full.seconds):
            raise _refusal(told, False, hint, 0.0) from None
        together = full.key != next(iter(shares))
        raise _refusal(told, together, f"Come back in {_words(full.seconds)}.", full.seconds) from None


def _refusal(told: str, together: bool, then: str, seconds: float) -> TooMuchError:
    address = f", and {ADDRESS_SHARE} visitors' worth from one address" if together else ""
    return TooMuchError(f"At most {told} are accepted from a visitor here{address}. {then}", seconds)


def _words(seconds: float) -> str:
    whole = max(1, math.ceil(seconds))
    if whole < 2 * _MINUTE:
        return f"{whole} second{'s' * (whole > 1)}"
    return f"{math.ceil(whole / _MINUTE)} minutes"
