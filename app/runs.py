"""What is being made for visitors, each in a thread of its own, whether a page looks on or not: one that is
loaded anew finds it where it is by then. Knows no page.
"""

import secrets
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any, Generic, TypeVar

from app.errors import message_of
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError, NotFoundError

MOST = 12  # of a kind at a time
TOLD_SECONDS = 60.0  # so long a page can still ask how one ended


class Run:
    """``moment`` is how far it is, ``number`` grows with each; after ``over`` comes no other."""

    def __init__(self, owner: str, stream: Generator[Any, None, None], first: Any):
        self.id, self.owner = secrets.token_hex(16), owner
        self.moment, self.number = first, 0
        self.over, self.ended = False, float("inf")
        self._stream = Stoppable(stream)

    def start(self) -> None:
        threading.Thread(target=self._work, name="run", daemon=True).start()

    def stop(self) -> None:
        self._stream.stop()

    def told_until(self) -> float:
        """The moment of the monotonic clock from which on it may be forgotten."""
        return self.ended + TOLD_SECONDS

    def moments(self) -> Iterator[Any]:
        """A generator."""
        return self._stream.events()

    def fail(self, why: str) -> None:
        raise NotImplementedError

    def advance(self, moment: Any) -> None:
        self.moment = moment
        self.number += 1

    def _work(self) -> None:
        try:
            with closing(self.moments()) as moments:
                for moment in moments:
                    self.advance(moment)
        except Exception as error:
            self.fail(message_of(error))
        finally:
            self.over, self.ended = True, time.monotonic()


R = TypeVar("R", bound=Run)


class Runs(Generic[R]):
    """Safe to share between threads. A run of someone else does not exist. ``gone`` and ``busy`` are the
    words for one that is not there, and for too many at once."""

    gone = busy = ""

    def __init__(self) -> None:
        self._runs: dict[str, R] = {}
        self._lock = threading.Lock()

    def get(self, id: Any, owner: str) -> R:
        """Also one that has ended a moment ago. Raises NotFoundError."""
        run = self._runs.get(id) if isinstance(id, str) else None
        if run is None or run.owner != owner:
            raise NotFoundError(self.gone)
        return run

    def _of(self, owner: str) -> Iterator[R]:
        return (one for one in self._runs.values() if one.owner == owner)

    def _check_room(self) -> None:
        if sum(not one.over for one in self._runs.values()) >= MOST:
            raise ConflictError(self.busy)

    def _tidy(self) -> None:
        now = time.monotonic()
        self._runs = {id_: one for id_, one in self._runs.items() if one.told_until() > now}
