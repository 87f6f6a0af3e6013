"""Who may join Gradio's queue: so many requests of a visitor wait and are worked on together, and no visitor
fills it for the others.

Counted over the queue as it is, not by a counter of our own: an event that is done, cancelled or left behind
counts no more, however it ended.
"""

from collections.abc import Iterator
from typing import Any

import gradio as gr
from fastapi import HTTPException, Request

from app.identity import Identity
from app.limits import Limits
from app.refusals import headers_of, status_of
from pipelines.core.errors import GlassworksError

_KEYS = "glassworks.counted_under"
_FULL = "Many requests of all visitors are waiting here just now; please try again in a moment."

Keys = tuple[str, ...]


class Admission:
    """Stands before the ``push`` of ``queue``."""

    def __init__(self, queue: Any, identity: Identity, limits: Limits):
        self._queue, self._push = queue, queue.push
        self._identity, self._limits = identity, limits
        self._joining: list[Keys] = []

    async def push(self, body: Any, request: Request, username: str | None) -> Any:
        """As Gradio's own. HTTP 429 with our message for one too many, 403 for a secret that is none."""
        keys = self._admitted(request)
        request.scope[_KEYS] = keys
        self._joining.append(keys)
        try:
            joined, told, state = await self._push(body=body, request=request, username=username)
        finally:
            self._joining.remove(keys)
        return joined, _FULL if state == "queue_full" else told, state

    def _admitted(self, request: Request) -> Keys:
        try:
            asked = gr.Request(request)
            visitor = self._identity.visitor(asked)
            self._limits.room_beside(visitor, asked, [*self._joining, *self._under_way()])
            return self._limits.keys(visitor, asked)
        except GlassworksError as error:
            raise HTTPException(status_of(error), str(error), headers_of(error)) from None

    def _under_way(self) -> Iterator[Keys]:
        for waiting in self._queue.event_queue_per_concurrency_id.values():
            yield from map(_keys_of, waiting.queue)
        for events in self._queue.active_jobs:
            yield from map(_keys_of, events or ())


def _keys_of(event: Any) -> Keys:
    return event.request.scope.get(_KEYS, ())
