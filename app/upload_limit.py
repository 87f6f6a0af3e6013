"""An ASGI layer that counts what visitors upload: files, and every other request that is large.

A declared length is counted before the body is read, any other as it comes. What did not come after all, as
of an upload that was broken off, is given back.
"""

from typing import Any

import gradio as gr
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from app.identity import Identity
from app.limits import Limits
from app.middleware import MB, Gate, Message, Receive, Send, declared_length
from app.refusals import refusal
from app.windows import Use
from pipelines.core.errors import GlassworksError


class UploadLimit:
    """Answers 429 with our message once a visitor's share is used up."""

    def __init__(self, app: Any, identity: Identity, limits: Limits):
        self._app, self._identity, self._limits = app, identity, limits

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if not _is_counted(scope):
            return await self._app(scope, receive, send)
        upload = _Upload(scope, self._identity, self._limits)
        try:
            await Gate(scope, receive, send, upload.refusal).run(self._app)
        finally:
            upload.settle()
        return None


class _Upload:
    """One request's bytes. Who sends them is asked when the first ones come: by then the layers inside have
    read the session."""

    def __init__(self, scope: Message, identity: Identity, limits: Limits):
        self._scope, self._identity, self._limits = scope, identity, limits
        self._seen = self._taken = 0
        self._uses: list[Use] = []

    def refusal(self, seen: int) -> Response | None:
        """After so many bytes in all."""
        self._seen = seen
        wanted = max(seen, declared_length(self._scope)) - self._taken
        if wanted <= 0:
            return None
        try:
            request = gr.Request(Request(self._scope))
            self._uses.append(self._limits.upload(self._identity.visitor(request), request, wanted))
        except GlassworksError as error:
            return refusal(error)
        self._taken += wanted
        return None

    def settle(self) -> None:
        if self._uses:  # only the first can be more than what came
            self._uses[0].amount -= max(0, self._taken - self._seen)


def _is_counted(scope: Message) -> bool:
    if scope["type"] != "http" or scope["method"] not in ("POST", "PUT"):
        return False
    undeclared = "content-length" not in Headers(scope=scope)
    return scope["path"].endswith("/upload") or undeclared or declared_length(scope) > MB
