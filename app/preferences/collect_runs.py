"""Pairs that are being written, each in a thread of its own, whether a page looks on or not: one that is
loaded anew finds its two answers where they are by then. Knows no page.
"""

import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any

from app.errors import message_of
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.preferences.records import Message

MOST = 12  # at a time
_TOLD_SECONDS = 60.0  # so long a page can still ask how it ended
_BUSY = "Many answers are being written just now; please try again in a moment."


class Run:
    """``left`` and ``right`` are what is written so far, ``number`` grows with both. ``over``: the pair is
    kept now, unless ``failed`` says what went wrong or it was stopped."""

    def __init__(self, visitor: str, round_id: str, makings: Any):
        self.id, self.visitor, self.round = secrets.token_hex(16), visitor, round_id
        self.left = self.right = self.failed = ""
        self.prompt: tuple[Message, ...] = ()
        self.loading = False
        self.number, self.over, self.ended = 0, False, float("inf")
        self._stream = Stoppable(makings)

    def start(self) -> None:
        threading.Thread(target=self._work, name="pair", daemon=True).start()

    def stop(self) -> None:
        """Nothing of it is kept."""
        self._stream.stop()

    def _work(self) -> None:
        try:
            for making in self._stream.events():
                self.prompt, self.loading = making.prompt, making.loading
                self.left, self.right = making.left, making.right
                self.number += 1
        except Exception as error:
            self.failed = message_of(error)
        finally:
            self.over, self.ended = True, time.monotonic()


class Runs:
    """Safe to share between threads. A run of someone else does not exist."""

    def __init__(self, service: Any):
        self._service = service
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def begin(self, visitor: str, round_id: str, prompt: str) -> Run:
        """Have a pair written for a prompt, the round's next where it is empty; one that is under way for
        this visitor goes on instead. Raises a GlassworksError."""
        with self._lock:
            self._tidy()
            if run := self._live(visitor, round_id):
                return run
            if sum(not one.over for one in self._runs.values()) >= MOST:
                raise ConflictError(_BUSY)
            run = Run(visitor, round_id, self._service.generate(round_id, visitor, prompt))
            self._runs[run.id] = run
        run.start()
        return run

    def get(self, id: Any, visitor: str) -> Run:
        """Also one that has ended a moment ago. Raises NotFoundError."""
        run = self._runs.get(id) if isinstance(id, str) else None
        if run is None or run.visitor != visitor:
            raise NotFoundError("These answers are not being written any more.")
        return run

    def live(self, visitor: str, round_id: str) -> Run | None:
        """The one that is at work for this visitor in this round."""
        with self._lock:
            return self._live(visitor, round_id)

    def _live(self, visitor: str, round_id: str) -> Run | None:
        return next((one for one in self._of(visitor) if one.round == round_id and not one.over), None)

    def _of(self, visitor: str) -> Iterator[Run]:
        return (one for one in self._runs.values() if one.visitor == visitor)

    def _tidy(self) -> None:
        late = time.monotonic() - _TOLD_SECONDS
        self._runs = {id_: one for id_, one in self._runs.items() if one.ended > late}
