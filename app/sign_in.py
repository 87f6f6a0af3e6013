"""Signing in with Hugging Face, where the Hub offers it to this Space, and ``GET /whoami`` for the header.

The routes ``/login/huggingface``, ``/login/callback`` and ``/logout`` are Gradio's own. What a visitor may do
is for :mod:`app.identity`; ``assets/js/who.js`` draws what is told here.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import gradio as gr
from gradio import oauth
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.identity import Identity, Visitor
from app.visitor_jobs import starts_jobs
from pipelines.core.errors import GlassworksError
from pipelines.core.settings import Settings
from pipelines.jobs.stretch import minutes_words

_CALLBACK = "/login/callback"
_OWNERS = {  # by the id of a tab: what is for the owner there, on a Space
    "tokenizer": "train a tokenizer",
    "prompt-lab": "start a run",
    "pretrain": "train a model",
    "fine-tune": "tune a model",
    "preferences": "train on the votes",
    "evaluate": "start an evaluation",
    "corpus": "clean a corpus",
}
_RUNS = {"prompt-lab": "prompt_lab", "evaluate": "evaluate"}  # of those the kinds that visitors may start too
_NOTE = (
    "On this Space only its owner may {what}; everything else here is free to try. To {what} yourself, "
    "duplicate the Space or run Glassworks on your own machine."
)
_RUNS_NOTE = (
    "On this Space a visitor has one run at a time, {minutes} at a stretch: it then pauses and "
    "keeps what it has, and Resume goes on from there."
)

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def offered(settings: Settings) -> bool:
    """Whether the Hub has given this Space what signing in needs (``hf_oauth: true`` in its README)."""
    given = (
        oauth.OAUTH_CLIENT_ID, oauth.OAUTH_CLIENT_SECRET, oauth.OAUTH_SCOPES, oauth.OPENID_PROVIDER_URL
    )  # fmt: skip
    return settings.on_space and os.environ.get("SYSTEM") == "spaces" and all(given)


def login_buttons(settings: Settings) -> list[gr.LoginButton]:
    """What makes Gradio serve its routes: a button of its kind, to be rendered somewhere on the page. Nobody
    sees it, and as it is made outside the page it brings no events. Empty where signing in is not offered."""
    return [gr.LoginButton(visible=False)] if offered(settings) else []


def owners_note(settings: Settings, tab: str) -> None:
    """On a Space: say at the top of a tab what is for the owner there, and what a visitor may run, before
    anybody fills in its form."""
    if not settings.on_space or tab not in _OWNERS:
        return
    note = _NOTE.format(what=_OWNERS[tab])
    if starts_jobs(settings, _RUNS.get(tab, "")):
        note = _RUNS_NOTE.format(minutes=minutes_words(settings.visitor_job_minutes))
    gr.HTML(f"<p>{note}</p>", elem_classes="gw-owners")


def routes(settings: Settings) -> list[Route]:
    """``GET /whoami``: who asks, and what they may do."""
    identity = Identity(settings)

    async def whoami(request: Request) -> Response:
        try:
            told = told_of(identity.visitor(request), identity, settings)
        except GlassworksError as error:
            return JSONResponse({"detail": str(error)}, status_code=403)
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    return [Route("/whoami", whoami, methods=["GET"])]


def told_of(visitor: Visitor, identity: Identity, settings: Settings) -> dict[str, Any]:
    """``kind`` is ``home`` (the owner at their own machine), ``owner``, ``signed-in`` or ``guest``; ``login``
    says whether there is a way to sign in."""
    kind = "signed-in" if visitor.signed_in else "guest"
    if visitor.is_owner:
        kind = "owner" if settings.on_space else "home"
    return {
        "kind": kind,
        "name": visitor.name,
        "signed_in": visitor.signed_in,
        "may": list(identity.may(visitor)),
        "login": offered(settings),
    }


class TokensLeftOut:
    """An ASGI layer: after signing in the session says who that is and until when, and holds none of the
    Hub's tokens. The session is a cookie: nothing here needs them in the browser, and with them (and all of a
    user's organizations) it can outgrow the 4 kB that browsers keep, which would undo the sign-in."""

    def __init__(self, app: Any):
        self._app = app

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        async def lighter(message: Message) -> None:
            session = scope.get("session")
            if message["type"] == "http.response.start" and session and "oauth_info" in session:
                session["oauth_info"] = _needed(session["oauth_info"])
            await send(message)

        after_login = scope["type"] == "http" and scope["path"].endswith(_CALLBACK)
        await self._app(scope, receive, lighter if after_login else send)


def _needed(info: dict[str, Any]) -> dict[str, Any]:
    user = info.get("userinfo") or {}
    kept = {name: user[name] for name in ("sub", "preferred_username") if name in user}
    return {"expires_at": info.get("expires_at"), "userinfo": kept}
