"""Pairs that are being written, and answers that are to be put in an order."""

import threading
from collections.abc import Callable, Sequence
from typing import Any

from app import runs
from pipelines.core.errors import ConflictError
from pipelines.core.fields import check_whole
from pipelines.preferences.incoming import MAX_RANKED
from pipelines.preferences.records import Answer, Making, Several

Moment = Making | Several
_WAITING_SECONDS = 3600.0  # so long answers wait for their order


class Run(runs.Run):
    """When it is over, a pair is kept or answers wait for their order, unless ``failed`` says what went wrong
    or it was stopped: then nothing is kept."""

    def __init__(self, visitor: str, round_id: str, moments: Any, first: Moment):
        super().__init__(visitor, moments, first)
        self.round, self.failed = round_id, ""
        self._ranking = threading.Lock()
        self._ranked: tuple[Any, int] | None = None  # the order, and how many votes it made

    def stop(self) -> None:
        """Answers that wait for an order are left without one."""
        super().stop()
        with self._ranking:
            if self.waits:
                self._ranked = [], 0

    def fail(self, why: str) -> None:
        self.failed = why

    def told_until(self) -> float:
        return super().told_until() + (_WAITING_SECONDS if self.waits else 0.0)

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


class Runs(runs.Runs[Run]):
    gone = "These answers are not being written any more."
    busy = "Many answers are being written just now; please try again in a moment."

    def __init__(self, service: Any):
        super().__init__()
        self._service = service

    def begin(self, visitor: str, round_id: str, prompt: str, count: int = 0) -> Run:
        """Have a pair written for a prompt, the round's next where it is empty, or with ``count`` so many
        answers to put in an order; what is under way for this visitor goes on instead. Raises a
        GlassworksError."""
        with self._lock:
            self._tidy()
            if run := self._live(visitor, round_id):
                return run
            self._check_room()
            run = self._run(visitor, round_id, prompt, count)
            self._runs[run.id] = run
        run.start()
        return run

    def live(self, visitor: str, round_id: str) -> Run | None:
        """The one that is at work for this visitor in this round, or waits for their order."""
        with self._lock:
            return self._live(visitor, round_id)

    def _live(self, visitor: str, round_id: str) -> Run | None:
        mine = (one for one in self._of(visitor) if one.round == round_id)
        return next((one for one in mine if one.waits or not one.over), None)

    def _run(self, visitor: str, round_id: str, prompt: str, count: int) -> Run:
        if not count:
            return Run(visitor, round_id, self._service.generate(round_id, visitor, prompt), Making(()))
        check_whole("count", count, 2, MAX_RANKED)
        moments = self._service.generate_several(round_id, visitor, prompt, count)
        return Run(visitor, round_id, moments, Several((), (Answer(""),) * count))
