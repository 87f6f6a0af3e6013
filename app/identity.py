"""Who is asking: the owner at their own machine, the owner of a Space, or a visitor known by a secret.

A visitor's secret is 128 random bits in an HttpOnly cookie (set by :mod:`app.middleware`) or, for API
clients, in the header ``X-Glassworks-Visitor``. Only its hash leaves this module, as :attr:`Visitor.id`.

On loopback everyone is the owner, but only when the request can have come from nowhere else: the peer and the
name in ``Host`` are loopback (a page that rebinds its DNS name to 127.0.0.1 keeps its own name there), no
proxy has forwarded it, no other site's page has sent it, and this is no Space.
"""

import hashlib
import ipaddress
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import gradio as gr

from pipelines.core.errors import NotAllowedError
from pipelines.core.settings import Settings

COOKIE = "glassworks_visitor"
VISITOR_HEADER = "x-glassworks-visitor"
OWNER_HEADER = "x-glassworks-owner"
OWNER_ID = "owner"

_SECRET = re.compile(r"[0-9a-f]{32}")
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "via")


@dataclass(frozen=True)
class Visitor:
    """``id`` is what jobs and documents are keyed by; the owner has one id on every way in."""

    id: str
    is_owner: bool
    name: str


class Identity:
    """Tells visitors apart from what a request carries."""

    def __init__(self, settings: Settings):
        self._settings = settings

    def visitor(self, request: gr.Request) -> Visitor:
        """Whom this request speaks for. Without any sign of identity: someone new each time."""
        headers = {str(k).lower(): str(v) for k, v in dict(request.headers).items()}
        login = self._hub_login(request)
        if self._is_owner(request, headers, login):
            return Visitor(OWNER_ID, True, "owner")
        if login:
            return Visitor(_hashed("hub", login), False, login)
        return Visitor(_hashed("visitor", _secret(request, headers)), False, "visitor")

    def require_owner(self, visitor: Visitor, what: str) -> None:
        """Raise :class:`NotAllowedError` unless the owner asks; ``what`` completes "Only the owner may …"."""
        if not visitor.is_owner:
            raise NotAllowedError(
                f"Only the owner of this workshop may {what}. Open it on your own machine, "
                f"or send the owner's token in the header X-Glassworks-Owner."
            )

    def may_see(self, visitor: Visitor, job: Any) -> bool:
        """The owner sees every job, a visitor those that carry their own id."""
        return visitor.is_owner or job.owner == visitor.id

    def _is_owner(self, request: gr.Request, headers: Mapping[str, str], login: str) -> bool:
        if self._token_matches(headers.get(OWNER_HEADER, "")):
            return True
        if self._settings.on_space:
            return bool(login) and login == self._settings.owner_name
        return _from_this_machine(request, headers)

    def _token_matches(self, offered: str) -> bool:
        token = self._settings.owner_token
        return bool(token) and secrets.compare_digest(offered.encode(), token.encode())

    def _hub_login(self, request: gr.Request) -> str:
        """The Hub user of a signed session; asked only on a Space, where the session is the Hub's own."""
        if not self._settings.on_space:
            return ""
        scope = getattr(getattr(request, "request", None), "scope", None) or {}
        info = (scope.get("session") or {}).get("oauth_info") or {}
        return str((info.get("userinfo") or {}).get("preferred_username") or "")


def new_secret() -> str:
    """128 random bits, as 32 hexadecimal digits."""
    return secrets.token_hex(16)


def is_secret(text: object) -> bool:
    return isinstance(text, str) and _SECRET.fullmatch(text) is not None


def _secret(request: gr.Request, headers: Mapping[str, str]) -> str:
    sent = headers.get(VISITOR_HEADER)
    if sent is not None and not is_secret(sent):
        raise NotAllowedError("The header X-Glassworks-Visitor accepts 32 hexadecimal digits (0-9, a-f).")
    kept = dict(request.cookies or {}).get(COOKIE)
    return sent or (kept if is_secret(kept) else new_secret())


def _from_this_machine(request: gr.Request, headers: Mapping[str, str]) -> bool:
    peer = getattr(request.client, "host", "")
    if not _is_loopback(peer) or not _is_loopback(_host_name(headers.get("host", ""))):
        return False
    return not any(name in headers for name in _FORWARDED) and _same_site(headers)


def _same_site(headers: Mapping[str, str]) -> bool:
    """False where a browser says that another site's page sent this."""
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower():
        return False
    return headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


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
