"""Pairs that are being written, and answers that are to be put in an order, each in a thread of its own,
whether a page looks on or not: one that is loaded anew finds them where they are by then. Knows no page.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.errors import message_of
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.core.fields import check_whole
from pipelines.preferences.incoming import MAX_RANKED
from pipelines.preferences.records import Answer, Making, Several

Moment = Making | Several
MOST = 12  # at a time
_TOLD_SECONDS = 60.0  # so long a page can still ask how it ended
_WAITING_SECONDS = 3600.0  # so long answers wait for their order
_BUSY = "Many answers are being written just now; please try again in a moment."


class Run:
    """``moment`` is what is written so far, ``number`` grows with it. ``over``: a pair is kept now, answers
    wait for their order, unless ``failed`` says what went wrong or it was stopped."""

    def __init__(self, visitor: str, round_id: str, moments: Any, first: Moment):
        self.id, self.visitor, self.round = secrets.token_hex(16), visitor, round_id
        self.moment, self.failed = first, ""
        self.number, self.over, self.ended = 0, False, float("inf")
        self._stream = Stoppable(moments)
        self._ranking = threading.Lock()
        self._ranked: tuple[Any, int] | None = None  # the order, and how many votes it made

    def start(self) -> None:
        threading.Thread(target=self._work, name="pair", daemon=True).start()

    def stop(self) -> None:
        """Nothing of it is kept, or answers are left without an order."""
        self._stream.stop()
        with self._ranking:
            if self.waits:
                self._ranked = [], 0

    @property
    def ranks(self) -> bool:
        """Whether it is for an order."""
        return isinstance(self.moment, Several)

    @property
    def waits(self) -> bool:
        """Whether its answers have no order yet."""
        return self.over and self.ranks and self.moment.done and self._ranked is None

    def ranked(self, order: Any, rank: Callable[[Several, Any], Sequence[Any]]) -> int:
        """How many votes the order makes; the same order again makes no others. Raises a GlassworksError."""
        with self._ranking:
            if self._ranked is None:
                if not self.waits:
                    raise ConflictError("These answers are not all written yet.")
                votes = rank(self.moment, order)
                self._ranked = order, len(votes)
            elif self._ranked[0] != order:
                raise ConflictError("These answers have been ranked already.")
            return self._ranked[1]

    def _work(self) -> None:
        try:
            for moment in self._stream.events():
                self.moment = moment
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

    def begin(self, visitor: str, round_id: str, prompt: str, count: int = 0) -> Run:
        """Have a pair written for a prompt, the round's next where it is empty, or with ``count`` so many
        answers to put in an order; what is under way for this visitor goes on instead. Raises a
        GlassworksError."""
        with self._lock:
            self._tidy()
            if run := self._live(visitor, round_id):
                return run
            if sum(not one.over for one in self._runs.values()) >= MOST:
                raise ConflictError(_BUSY)
            run = self._run(visitor, round_id, prompt, count)
            self._runs[run.id] = run
        run.start()
        return run

    def _run(self, visitor: str, round_id: str, prompt: str, count: int) -> Run:
        if not count:
            return Run(visitor, round_id, self._service.generate(round_id, visitor, prompt), Making(()))
        check_whole("count", count, 2, MAX_RANKED)
        moments = self._service.generate_several(round_id, visitor, prompt, count)
        return Run(visitor, round_id, moments, Several((), (Answer(""),) * count))

    def get(self, id: Any, visitor: str) -> Run:
        """Also one that has ended a moment ago. Raises NotFoundError."""
        run = self._runs.get(id) if isinstance(id, str) else None
        if run is None or run.visitor != visitor:
            raise NotFoundError("These answers are not being written any more.")
        return run

    def live(self, visitor: str, round_id: str) -> Run | None:
        """The one that is at work for this visitor in this round, or waits for their order."""
        with self._lock:
            return self._live(visitor, round_id)

    def _live(self, visitor: str, round_id: str) -> Run | None:
        mine = (one for one in self._of(visitor) if one.round == round_id)
        return next((one for one in mine if one.waits or not one.over), None)

    def _of(self, visitor: str) -> Iterator[Run]:
        return (one for one in self._runs.values() if one.visitor == visitor)

    def _tidy(self) -> None:
        late = time.monotonic() - _TOLD_SECONDS
        patient = late - _WAITING_SECONDS
        self._runs = {
            id_: one for id_, one in self._runs.items() if one.ended > (patient if one.waits else late)
        }
