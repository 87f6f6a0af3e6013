"""Answers of the chat that are being made: one that shows another chat meanwhile misses nothing."""

from collections.abc import Generator, Iterator
from dataclasses import replace
from typing import Any

from app import runs
from app.identity import Visitor
from app.rag.asking import asked
from app.rag.chat_exchange import Exchange, Wanted, begun, kept
from app.services import Services
from pipelines.core.errors import ConflictError
from pipelines.rag.answering.moments import Moment

MOST_OF_ONE = 3  # visitor's at a time
_HERE = "An answer is being written in this chat: wait for it, or stop it first."


class Run(runs.Run):
    """When it is over, it is in the chat, or ``moment`` says what failed. Of one that is stopped, what there
    is is kept."""

    def __init__(self, services: Services, exchange: Exchange):
        first = Moment("searching", exchange.question)
        super().__init__(exchange.visitor.id, _made(services, exchange), first)
        self.exchange, self._services = exchange, services

    def moments(self) -> Iterator[Moment]:
        return kept(self._services, self.exchange, super().moments())

    def fail(self, why: str) -> None:
        self.advance(replace(self.moment, state="failed", note=why))


class Runs(runs.Runs[Run]):
    gone = "This answer is not being written any more."
    busy = "Many answers are being written just now; please ask again in a moment."

    def __init__(self, services: Services):
        super().__init__()
        self._services = services

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

    def live(self, chat: str, owner: str) -> Run | None:
        """The one that is at work in this chat."""
        with self._lock:
            return next((one for one in self._live(owner) if one.exchange.chat == chat), None)

    def _live(self, owner: str) -> Iterator[Run]:
        return (one for one in self._of(owner) if not one.over)

    def _check(self, owner: str, chat: str) -> None:
        mine = list(self._live(owner))
        if chat and any(one.exchange.chat == chat for one in mine):
            raise ConflictError(_HERE)
        if len(mine) >= MOST_OF_ONE:
            raise ConflictError(self.busy)
        self._check_room()


def _made(services: Services, exchange: Exchange) -> Generator[Moment, None, None]:
    specs = exchange.search, exchange.answer
    where = exchange.visitor, exchange.collection, exchange.question
    yield from asked(services, *where, *specs, exchange.history)
