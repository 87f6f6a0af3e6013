"""An OpenID provider on loopback, with what signing in to a Space asks of the Hub: discovery, a page on which
one chooses who one is, codes that are good for once, signed tokens, and who that was.
"""

import base64
import html
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from tests.support.loopback import answering

_HOUR = 3600


class FakeLogin(ThreadingHTTPServer):
    """``users`` may be chosen; each has the same number (``sub``) every time. ``seconds`` is how long a login
    holds. ``refused`` are the requests for a token that were not granted."""

    daemon_threads = True

    def __init__(self, *users: str, seconds: int = _HOUR):
        super().__init__(("127.0.0.1", 0), _Routes)
        self.users, self.seconds, self.refused = users, seconds, 0
        self.client, self.secret = secrets.token_hex(8), secrets.token_hex(16)
        self.key = RSAKey.generate_key(2048, parameters={"use": "sig", "alg": "RS256", "kid": "1"})
        self.codes: dict[str, dict[str, str]] = {}  # code → user, nonce and the address that it was sent to

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What the Hub sets on a Space with ``hf_oauth: true``."""
        given = {"OAUTH_CLIENT_ID": self.client, "OAUTH_CLIENT_SECRET": self.secret}
        return given | {"OAUTH_SCOPES": "openid profile", "OPENID_PROVIDER_URL": self.address}

    def metadata(self) -> dict[str, Any]:
        names = ("authorization", "token", "userinfo")
        paths = {f"{name}_endpoint": f"{self.address}/oauth/{name}" for name in names}
        lists = {"response_types_supported": ["code"], "id_token_signing_alg_values_supported": ["RS256"]}
        return {"issuer": self.address, "jwks_uri": f"{self.address}/oauth/jwks", **paths, **lists}

    def choice(self, asked: dict[str, str]) -> str:
        """The page on which one chooses who one is."""
        links = (
            f'<p><a href="{html.escape(self._granted(user, asked))}">{user}</a></p>' for user in self.users
        )
        return f"<title>Sign in</title>{''.join(links)}"

    def token(self, sent: dict[str, str], client: tuple[str, str]) -> dict[str, Any] | None:
        grant = self.codes.pop(sent.get("code", ""), None)
        if client != (self.client, self.secret) or not grant or grant["to"] != sent.get("redirect_uri"):
            self.refused += 1
            return None
        user, now = self.about(grant["user"]), int(time.time())
        claims = {"iss": self.address, "aud": self.client, "iat": now, "exp": now + self.seconds}
        signed = jwt.encode(
            {"alg": "RS256", "kid": "1"}, {**claims, **user, "nonce": grant["nonce"]}, self.key
        )
        kept = {"access_token": grant["user"], "id_token": signed, "scope": "openid profile"}
        return {**kept, "token_type": "Bearer", "expires_in": self.seconds}

    def about(self, user: str) -> dict[str, Any]:
        organizations = [{"sub": f"org-{n}", "name": f"Organization {n}" * 4} for n in range(40)]
        return {"sub": f"number-{user}", "preferred_username": user, "name": user, "orgs": organizations}

    def _granted(self, user: str, asked: dict[str, str]) -> str:
        code, to = secrets.token_hex(8), asked["redirect_uri"]
        self.codes[code] = {"user": user, "nonce": asked.get("nonce", ""), "to": to}
        joined = "&" if urlsplit(to).query else "?"
        return to + joined + urlencode({"code": code, "state": asked["state"]})


@contextmanager
def login_with(*users: str, seconds: int = _HOUR) -> Iterator[FakeLogin]:
    """A :class:`FakeLogin` that answers until the end of the block."""
    with answering(FakeLogin(*users, seconds=seconds)) as server:
        yield server


class _Routes(BaseHTTPRequestHandler):
    server: FakeLogin

    def do_GET(self) -> None:
        login, url = self.server, urlsplit(self.path)
        match url.path:
            case "/.well-known/openid-configuration":
                self._json(login.metadata())
            case "/oauth/jwks":
                self._json(KeySet([login.key]).as_dict(private=False))
            case "/oauth/authorization":
                self._answer(login.choice(_single(url.query)).encode(), "text/html; charset=utf-8")
            case "/oauth/userinfo":
                self._json(login.about(self.headers["Authorization"].removeprefix("Bearer ")))
            case _:
                self.send_error(404)

    def do_POST(self) -> None:
        sent = _single(self.rfile.read(int(self.headers["Content-Length"])).decode())
        told = self.server.token(sent, self._client())
        self._json(told or {"error": "invalid_grant"}, 200 if told else 400)

    def _client(self) -> tuple[str, str]:
        told = base64.b64decode((self.headers["Authorization"] or "").removeprefix("Basic ")).decode()
        return (told.partition(":")[0], told.partition(":")[2])

    def _json(self, told: Any, status: int = 200) -> None:
        self._answer(json.dumps(told).encode(), "application/json", status)

    def _answer(self, content: bytes, kind: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def _single(query: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(query).items()}
