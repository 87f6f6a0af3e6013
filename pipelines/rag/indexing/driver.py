"""The thread on the page's side that has the retrieval worker do what the database says is to be done.

One piece of work at a time: first what is deleted is taken away, then what is cancelled is ended, then
additions, their owners in turn, some seconds each while others wait. All of it can be broken off at any
moment and goes on where it was, so a worker that dies costs a restart, and an app that is closed nothing.
"""

import logging
import threading
import time
from collections.abc import Iterator
from typing import Any

from pipelines.core.database import Database
from pipelines.core.errors import GlassworksError, UnreachedError, WorkerDiedError
from pipelines.rag.answers import Indexed
from pipelines.rag.collections import Collections
from pipelines.rag.indexing.additions import Additions, Waiting
from pipelines.rag.requests import IndexRequest, RemoveRequest
from pipelines.runtime.client import RuntimeClient

SLICE_SECONDS = 5.0  # of one owner's addition, while another's waits
_TRIES = 5  # deaths in a row of one piece of work that gets nowhere
_PAUSE_SECONDS = 0.5  # after the first death; twice as long after each further one
_AWAY_SECONDS = 2.0  # for the database to come back
_JOIN_SECONDS = 3.0

_log = logging.getLogger(__name__)


class Driver:
    """Runs from :meth:`wake` on, whenever there is work, until :meth:`close`."""

    def __init__(self, database: Database, runtime: RuntimeClient):
        self._additions, self._collections, self._runtime = (
            Additions(database),
            Collections(database),
            runtime,
        )
        self._changed = threading.Condition()
        self._woken = self._closed = False
        self._thread: threading.Thread | None = None
        self._served: dict[str, float] = {}  # owner → when last
        self._deaths: dict[str, int] = {}  # id of an addition or a collection → in a row
        self._furthest: dict[str, tuple[int, int]] = {}
        self._given_up: set[str] = set()  # collections that could not be mended; until the next start

    def wake(self) -> None:
        """There may be work. Costs no process where there is none."""
        with self._changed:
            if self._closed:
                return
            self._woken = True
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Break off in good order; what is not done is gone on with by the next one."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread:
            self._thread.join(_JOIN_SECONDS)

    def wait(self, done: Any, seconds: float) -> bool:
        """Whether ``done()`` comes true within so many seconds; asked after each piece of work."""
        end = time.monotonic() + seconds
        with self._changed:
            while not done() and not self._closed and (left := end - time.monotonic()) > 0:
                self._changed.wait(min(left, 0.2))
        return bool(done())

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                self._woken = False
            try:
                worked = self._work()
            except Exception:
                _log.exception("the queue of documents could not be read")
                worked = True  # there may be some: looked at again
                time.sleep(_AWAY_SECONDS)
            with self._changed:
                self._changed.notify_all()
                if not worked and not self._woken and not self._closed:
                    self._changed.wait()

    def _work(self) -> bool:
        """Do one piece; False when there is none."""
        for collection in (*self._collections.marked(), *self._collections.behind()):
            if collection not in self._given_up:
                self._mend(collection)
                return True
        waiting = self._additions.waiting()
        if waiting:
            self._add(self._next(waiting))
        return bool(waiting)

    def _next(self, waiting: list[Waiting]) -> Waiting:
        """What is cancelled first; then the oldest of the owner who was served longest ago."""
        return min(waiting, key=lambda one: (not one.cancelling, self._served.get(one.owner, 0.0)))

    def _mend(self, collection: str) -> None:
        try:
            for _ in self._stream(RemoveRequest(collection)):
                if self._closed:
                    return
            self._deaths.pop(collection, None)
        except WorkerDiedError:
            if self._died(collection):
                self._given_up.add(collection)
        except UnreachedError:
            raise
        except GlassworksError:
            _log.exception("%s could not be tidied", collection)
            self._given_up.add(collection)

    def _add(self, one: Waiting) -> None:
        began = self._served[one.owner] = time.monotonic()
        try:
            for event in self._stream(IndexRequest(one.id)):
                if isinstance(event, Indexed):
                    self._got_on(one.id, event)
                if self._closed or self._is_others_turn(one, event, began):
                    self._additions.pause(one.id)
                    return
            self._deaths.pop(one.id, None)
        except WorkerDiedError as error:
            if self._closed:
                self._additions.pause(one.id)
            elif self._died(one.id):
                self._additions.fail(one.id, f"{error} This was tried {_TRIES} times.")
        except UnreachedError:
            raise
        except GlassworksError as error:
            self._additions.fail(one.id, str(error))

    def _stream(self, request: Any) -> Iterator[Any]:
        return self._runtime.stream(request)

    def _got_on(self, addition: str, event: Indexed) -> None:
        """Further than ever before: the deaths so far do not count any more."""
        reached = (event.finished, event.done)
        if reached > self._furthest.get(addition, (0, 0)):
            self._furthest[addition] = reached
            self._deaths.pop(addition, None)

    def _is_others_turn(self, one: Waiting, event: Any, began: float) -> bool:
        """Only between two batches of chunks: all else would have to begin anew."""
        if not isinstance(event, Indexed) or event.phase != "embedding":
            return False
        if set(self._collections.marked()) - self._given_up:
            return True
        if time.monotonic() - began < SLICE_SECONDS:
            return False
        return any(other.owner != one.owner for other in self._additions.waiting())

    def _died(self, work: str) -> bool:
        """Whether that was once too often; else it is waited a little."""
        deaths = self._deaths[work] = self._deaths.get(work, 0) + 1
        if deaths >= _TRIES:
            return True
        with self._changed:
            if not self._closed:
                self._changed.wait(_PAUSE_SECONDS * 2 ** (deaths - 1))
        return False
