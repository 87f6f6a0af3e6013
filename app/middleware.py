"""ASGI layers in front of Gradio: a limit on bodies, security headers, the visitor's cookie.

Plain ASGI rather than Starlette's ``BaseHTTPMiddleware``, which would stand in the way of streamed answers.
Knows paths and headers; nothing of tabs, models or jobs.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from app.identity import COOKIE, is_secret, new_secret
from app.sign_in import TokensLeftOut
from pipelines.core.settings import Settings

MB = 1024 * 1024
BODY_LIMIT = 16 * MB  # JSON: the longest prompt, or a pasted corpus, with room for escapes
_FORM_ROOM = MB  # multipart boundaries and headers around an upload

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

# Everything the page needs comes from this server, so nothing it shows can call out. Gradio compiles its
# event handlers in the browser, hence 'unsafe-eval'; a Space is shown in the Hub's frame.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "media-src 'self' data: blob:",
        "connect-src 'self' data: blob:",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin-allow-popups",
}
_YEAR = 365 * 24 * 3600


def middleware(settings: Settings) -> list[Middleware]:
    """The layers in the order a request meets them."""
    upload = settings.max_upload_mb * MB + _FORM_ROOM
    return [
        Middleware(SecurityHeaders),
        Middleware(BodyLimit, body=BODY_LIMIT, upload=upload),
        Middleware(VisitorCookie, on_space=settings.on_space),
        Middleware(TokensLeftOut),
    ]


class BodyLimit:
    """Answers 413 as soon as a body is known to be too large; at no time is more of it held."""

    def __init__(self, app: Any, body: int, upload: int):
        self._app, self._body, self._upload = app, body, upload

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        limit = self._upload if scope["path"].endswith("/upload") else self._body
        if declared_length(scope) > limit:
            return await _too_large(limit)(scope, receive, send)
        gate = Gate(scope, receive, send, lambda seen: _too_large(limit) if seen > limit else None)
        return await gate.run(self._app)


class Gate:
    """Counts one request's bytes. Once ``refusal(bytes so far)`` has an answer, that is sent instead and the
    app sees a disconnected client."""

    def __init__(
        self, scope: Message, receive: Receive, send: Send, refusal: Callable[[int], Response | None]
    ):
        self._scope, self._receive, self._send, self._refusal = scope, receive, send, refusal
        self._seen, self._answered, self._refused = 0, False, False

    async def run(self, app: Any) -> None:
        try:
            await app(self._scope, self._take, self._give)
        except Exception:
            if not self._refused:  # after a refusal the app only complains that its client has gone
                raise

    async def _take(self) -> Message:
        if self._refused:
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._seen += len(message.get("body", b""))
        answer = self._refusal(self._seen)
        if answer is None:
            return message
        self._refused = True
        if not self._answered:
            await answer(self._scope, self._receive, self._send)
        return {"type": "http.disconnect"}

    async def _give(self, message: Message) -> None:
        if self._refused:
            return
        self._answered = True
        await self._send(message)


class SecurityHeaders:
    def __init__(self, app: Any):
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, guarded if scope["type"] == "http" else send)


class VisitorCookie:
    """Gives a browser its secret with the page itself, and to no other answer: files stay cacheable."""

    def __init__(self, app: Any, on_space: bool):
        self._app, self._on_space = app, on_space

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if not self._needs_one(scope):
            return await self._app(scope, receive, send)

        async def with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).append("Set-Cookie", self._cookie(scope))
            await send(message)

        await self._app(scope, receive, with_cookie)
        return None

    def _needs_one(self, scope: Message) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        request = Request(scope)
        page = "text/html" in request.headers.get("accept", "")
        return page and not is_secret(request.cookies.get(COOKIE))

    def _cookie(self, scope: Message) -> str:
        base = f"{COOKIE}={new_secret()}; Max-Age={_YEAR}; Path=/; HttpOnly"
        if self._on_space:  # inside the Hub's frame this is a third-party cookie
            return base + "; SameSite=None; Secure; Partitioned"
        return base + "; SameSite=Lax" + ("; Secure" if scope.get("scheme") == "https" else "")


def declared_length(scope: Message) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdecimal() else 0


def _too_large(limit: int) -> JSONResponse:
    detail = f"The request is too large: at most {limit // MB} MB are accepted."
    return JSONResponse({"detail": detail}, status_code=413, headers={"Connection": "close"})
