"""For whoever watches over the server: ``GET /healthz``, whether the process answers, and ``GET /readyz``,
whether a visitor would be served. They tell a stranger nothing but that.

Nothing is looked at for the first, so that a slow database never has the app killed. The second answers 503
with the parts that fail; however often it is asked, it looks every two seconds at most, one look at a time.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from app.services import Services
from pipelines.core.database import Database
from pipelines.core.disk import free_bytes

Check = Callable[[], str]  # what is wrong, in words for a stranger; empty where nothing is

FRESH_SECONDS = 2.0
SLOW_SECONDS = 5.0
LEAST_FREE_MB = 64
_OK = "ok"
_SLOW = {"ready": False, "checks": f"not done within {SLOW_SECONDS:.0f} seconds"}
_log = logging.getLogger(__name__)


class Health:
    """``checks`` run in a thread; one that raises counts as failed, and its fault is logged."""

    def __init__(self, checks: Mapping[str, Check]):
        self._checks = checks
        self._looking: asyncio.Task[dict[str, Any]] | None = None
        self._known, self._until = _SLOW, 0.0

    def routes(self) -> list[Route]:
        return [Route("/healthz", self._alive), Route("/readyz", self._ready)]

    async def ready(self) -> dict[str, Any]:
        """``ready``, and for each check ``ok`` or what is wrong."""
        if time.monotonic() < self._until:
            return self._known
        if self._looking is None:
            self._looking = asyncio.create_task(asyncio.to_thread(self._look))
        looking = self._looking
        await asyncio.wait({looking}, timeout=SLOW_SECONDS)
        return looking.result() if looking.done() else _SLOW

    def _look(self) -> dict[str, Any]:
        found = {name: _tried(name, check) or _OK for name, check in self._checks.items()}
        self._known = {"ready": all(told == _OK for told in found.values()), **found}
        self._until, self._looking = time.monotonic() + FRESH_SECONDS, None
        return self._known

    async def _alive(self, _: Request) -> JSONResponse:
        return _answer({"alive": True}, 200)

    async def _ready(self, _: Request) -> JSONResponse:
        told = await self.ready()
        return _answer(told, 200 if told["ready"] else 503)


def health_of(services: Services) -> Health:
    """Of the real app."""
    return Health(
        {
            "database": lambda: _writable(services.database),
            "disk": lambda: _room(services.settings.home),
            "worker": lambda: _startable(services.runtime),
            "restored": lambda: "" if services.keeping.restored else "votes of before are not here yet",
        }
    )


def _answer(told: dict[str, Any], status: int) -> JSONResponse:
    return JSONResponse(told, status, headers={"Cache-Control": "no-store"})


def _tried(name: str, check: Check) -> str:
    try:
        return check()
    except Exception as error:
        _log.warning("%s: %s", name, error)
        return "failed"


def _writable(database: Database) -> str:
    """Takes the writers' lock and changes a row to what it is; a server that only reads refuses."""
    with database.write() as connection:
        connection.execute(text("UPDATE schema_version SET version = version WHERE version = 1"))
    return ""


def _room(home: Path) -> str:
    return "" if free_bytes(home) >= LEAST_FREE_MB * 1e6 else f"less than {LEAST_FREE_MB} MB are free"


def _startable(runtime: Any) -> str:
    """A worker that ended before it was up is tried again here: meanwhile no visitor may come to do so."""
    if runtime.startable:
        return ""
    runtime.start()
    return "the inference worker ends before it is up"
