"""Answers that are being made, each in a thread of its own, whether a page looks on or not: one that is
loaded anew finds its answer where it is by then, and one that shows another chat misses nothing.
"""

import secrets
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

from app.errors import message_of
from app.identity import Visitor
from app.rag.asking import asked
from app.rag.chat_exchange import Exchange, Wanted, begun, kept
from app.services import Services
from app.stoppable import Stoppable
from pipelines.core.errors import ConflictError, NotFoundError
from pipelines.rag.answering.moments import Moment

MOST = 12  # at a time
MOST_OF_ONE = 3  # visitor's at a time
_TOLD_SECONDS = 60.0  # so long a page can still ask how it ended
_BUSY = "Many answers are being written just now; please ask again in a moment."
_HERE = "An answer is being written in this chat: wait for it, or stop it first."


class Run:
    """``moment`` is how far the answer is, ``number`` grows with each. ``over``: it is in the chat now, or
    ``moment`` says what failed."""

    def __init__(self, services: Services, exchange: Exchange):
        self.id, self.exchange = secrets.token_hex(16), exchange
        self.moment, self.number = Moment("searching", exchange.question), 0
        self.over, self.ended = False, float("inf")
        self._services, self._stream = services, Stoppable(_made(services, exchange))

    def start(self) -> None:
        threading.Thread(target=self._work, name="answer", daemon=True).start()

    def stop(self) -> None:
        """What there is will be kept."""
        self._stream.stop()

    def _work(self) -> None:
        try:
            with closing(kept(self._services, self.exchange, self._stream.events())) as moments:
                for moment in moments:
                    self._is(moment)
        except Exception as error:
            self._is(replace(self.moment, state="failed", note=message_of(error)))
        finally:
            self.over, self.ended = True, time.monotonic()

    def _is(self, moment: Moment) -> None:
        self.moment = moment
        self.number += 1


class Runs:
    """Safe to share between threads. A run of someone else does not exist."""

    def __init__(self, services: Services):
        self._services = services
        self._runs: dict[str, Run] = {}
        self._lock = threading.Lock()

    def begin(self, visitor: Visitor, collection: str, chat: str, wanted: Wanted, specs: Any) -> Run:
        """Write the question into the chat and have it answered. Raises a GlassworksError, and then nothing
        is changed; ConflictError where too many are at work."""
        with self._lock:
            self._tidy()
            self._check(visitor.id, chat)
            run = Run(self._services, begun(self._services, visitor, collection, chat, wanted, specs))
            self._runs[run.id] = run
        run.start()
        return run

    def get(self, id: Any, owner: str) -> Run:
        """Also one that has ended a moment ago. Raises NotFoundError."""
        run = self._runs.get(id) if isinstance(id, str) else None
        if run is None or run.exchange.visitor.id != owner:
            raise NotFoundError("This answer is not being written any more.")
        return run

    def live(self, chat: str, owner: str) -> Run | None:
        """The one that is at work in this chat."""
        with self._lock:
            return next((one for one in self._live(owner) if one.exchange.chat == chat), None)

    def _live(self, owner: str) -> Iterator[Run]:
        return (one for one in self._runs.values() if not one.over and one.exchange.visitor.id == owner)

    def _check(self, owner: str, chat: str) -> None:
        mine = list(self._live(owner))
        if chat and any(one.exchange.chat == chat for one in mine):
            raise ConflictError(_HERE)
        if len(mine) >= MOST_OF_ONE or sum(not one.over for one in self._runs.values()) >= MOST:
            raise ConflictError(_BUSY)

    def _tidy(self) -> None:
        late = time.monotonic() - _TOLD_SECONDS
        self._runs = {id_: one for id_, one in self._runs.items() if one.ended > late}


def _made(services: Services, exchange: Exchange) -> Generator[Moment, None, None]:
    specs = exchange.search, exchange.answer
    where = exchange.visitor, exchange.collection, exchange.question
    yield from asked(services, *where, *specs, exchange.history)
