"""Who is asking: the owner, somebody signed in with Hugging Face, or a guest known by a secret.

A guest's secret is 128 random bits in an HttpOnly cookie (set by :mod:`app.middleware`) or, for API
clients, in the header ``X-Glassworks-Visitor``. Only its hash leaves this module, as :attr:`Visitor.id`.
Signing in is for Spaces (:mod:`app.sign_in`): the Hub says who it is, and the session's cookie is signed.

The Hub shows a Space in a frame, so both cookies go along with requests that any site's page has a browser
send, and Gradio answers those. They speak for nobody unless our own page has sent them; nor does the owner's
token, which a proxy may add to what passes it. Clients that are no browsers do not say where they come from.

On loopback everyone is the owner, but only when the request can have come from nowhere else: the peer and the
name in ``Host`` are loopback (a page that rebinds its DNS name to 127.0.0.1 keeps its own name there), no
proxy has forwarded it, no other site's page has sent it, and this is no Space.
"""

import hashlib
import ipaddress
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import gradio as gr

from pipelines.core.errors import NotAllowedError
from pipelines.core.ids import OWNER_ID
from pipelines.core.settings import Settings

COOKIE = "glassworks_visitor"
VISITOR_HEADER = "x-glassworks-visitor"
OWNER_HEADER = "x-glassworks-owner"

_SECRET = re.compile(r"[0-9a-f]{32}")
_OWN = ("same-origin", "none")  # of Sec-Fetch-Site: our own page, or an address that somebody typed
_INSTEAD = "Open it on your own machine, or send the owner's token in the header X-Glassworks-Owner."
_INSTEAD_ON_A_SPACE = (
    "Sign in as its owner, or duplicate this Space or run Glassworks on your own machine: there it is you."
)
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


@dataclass(frozen=True)
class Visitor:
    """``id`` is what jobs and documents are keyed by; the owner has one id on every way in. ``name`` is the
    Hub's where ``signed_in``; ``models`` are those of the Hub that the owner has opened to visitors."""

    id: str
    is_owner: bool
    name: str
    signed_in: bool = False
    models: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Login:
    """Whom the Hub has told us of. ``account`` is its number, which stays when the account is renamed."""

    account: str = ""
    name: str = ""


class Identity:
    """Tells visitors apart from what a request carries."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def visitor(self, request: gr.Request) -> Visitor:
        """Whom this request speaks for. Without any sign of identity: someone new each time."""
        headers = {str(k).lower(): str(v) for k, v in dict(request.headers).items()}
        login = self._login(request) if _from_own_page(headers) else Login()
        if self._is_owner(request, headers, login.name):
            return Visitor(OWNER_ID, True, login.name or "owner", bool(login.name))
        opened = self._settings.models_for_visitors
        if login.name:
            return Visitor(_hashed("hub", login.account or login.name), False, login.name, True, opened)
        return Visitor(_hashed("visitor", _secret(request, headers)), False, "visitor", models=opened)

    def may(self, visitor: Visitor) -> tuple[str, ...]:
        """What the page offers them; the server asks again. ``reach``: Hub models, data sets, folders."""
        everyone = ("try", "collect", "vote")
        if visitor.is_owner:
            return (*everyone, "train", "delete", "reach")
        return everyone if self._settings.on_space else (*everyone, "train", "delete")

    def require_owner(self, visitor: Visitor, what: str) -> None:
        """Raise :class:`NotAllowedError` unless the owner asks; ``what`` completes "Only the owner may …"."""
        if not visitor.is_owner:
            way = _INSTEAD_ON_A_SPACE if self._settings.on_space else _INSTEAD
            raise NotAllowedError(f"Only the owner of this workshop may {what}. {way}")

    def may_see(self, visitor: Visitor, job: Any) -> bool:
        """The owner sees every job, a visitor those that carry their own id."""
        return visitor.is_owner or job.owner == visitor.id

    def _is_owner(self, request: gr.Request, headers: Mapping[str, str], login: str) -> bool:
        if self._token_matches(headers.get(OWNER_HEADER, "")) and _from_own_page(headers):
            return True
        if self._settings.on_space:
            return bool(login) and login.casefold() == self._settings.owner_name.casefold()
        return _from_this_machine(request, headers)

    def _token_matches(self, offered: str) -> bool:
        token = self._settings.owner_token
        return bool(token) and secrets.compare_digest(offered.encode(), token.encode())

    def _login(self, request: gr.Request) -> Login:
        """Of the signed session; asked only on a Space, where it is by the Hub's leave."""
        if not self._settings.on_space:
            return Login()
        info = session_of(request).get("oauth_info") or {}
        if info.get("expires_at") is not None and info["expires_at"] < time.time():
            return Login()
        user = info.get("userinfo") or {}
        return Login(str(user.get("sub") or ""), str(user.get("preferred_username") or ""))


def session_of(request: Any) -> dict[str, Any]:
    """The signed session; Gradio hands events its own request, which wraps the server's, and a component's
    functions the server's."""
    inner = getattr(request, "request", None) or request
    return (getattr(inner, "scope", None) or {}).get("session") or {}


def new_secret() -> str:
    """128 random bits, as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def is_secret(text: object) -> bool:
    return isinstance(text, str) and _SECRET.fullmatch(text) is not None


def _secret(request: gr.Request, headers: Mapping[str, str]) -> str:
    sent = headers.get(VISITOR_HEADER)
    if sent is not None and not is_secret(sent):
        raise NotAllowedError("The header X-Glassworks-Visitor accepts 32 hexadecimal digits (0-9, a-f).")
    kept = dict(request.cookies or {}).get(COOKIE) if _from_own_page(headers) else None
    return sent or (kept if is_secret(kept) else new_secret())


def _from_this_machine(request: gr.Request, headers: Mapping[str, str]) -> bool:
    peer = getattr(request.client, "host", "")
    if not _is_loopback(peer) or not _is_loopback(_host_name(headers.get("host", ""))):
        return False
    return not any(name in headers for name in _FORWARDED) and _same_site(headers)


def _same_site(headers: Mapping[str, str]) -> bool:
    """False where either of the headers that browsers send for this says that it was another site's page."""
    return _origin_is_ours(headers) and headers.get("sec-fetch-site", "same-origin") in _OWN


def _from_own_page(headers: Mapping[str, str]) -> bool:
    """As :func:`_same_site`, also behind a proxy that names another host here: the browser knows best."""
    site = headers.get("sec-fetch-site")
    return _origin_is_ours(headers) if site is None else site in _OWN


def _origin_is_ours(headers: Mapping[str, str]) -> bool:
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc.lower() == headers.get("host", "").lower()


def _is_loopback(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _hashed(kind: str, secret: str) -> str:
    return f"{kind}-{hashlib.sha256(secret.encode()).hexdigest()[:32]}"
