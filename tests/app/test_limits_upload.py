"""Uploads: bytes of a visitor and of an address in an hour, given back where they did not come."""

import asyncio

import gradio as gr
import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.identity import Identity, new_secret
from app.launch import serve
from app.limits import ADDRESS_SHARE, MB, Limits
from app.upload_limit import UploadLimit
from pipelines.core.settings import Settings

AN_HOUR = 4  # MB
SETTINGS = Settings(SPACE_ID="someone/glassworks", visitor_upload_mb_per_hour=AN_HOUR, owner_token="o")
read: list[int] = []


async def echo(request):
    read.append(0)
    try:
        async for part in request.stream():
            read[-1] += len(part)
    except ClientDisconnect:
        return JSONResponse({"left": read[-1]})
    return JSONResponse({"length": read[-1]})


async def login(request):
    user = {"preferred_username": request.path_params["name"], "sub": request.path_params["name"]}
    request.session["oauth_info"] = {"userinfo": user}
    return JSONResponse({})


ROUTES = [Route("/login/{name}", login)] + [
    Route(path, echo, methods=["GET", "POST"]) for path in ("/gradio_api/upload", "/call", "/stream")
]


def limit():
    return Middleware(UploadLimit, identity=Identity(SETTINGS), limits=Limits(SETTINGS))


def client(layers=None, **headers):
    headers = {"X-Glassworks-Visitor": new_secret()} | headers
    layers = layers or [limit()]
    return TestClient(
        Starlette(routes=ROUTES, middleware=layers), base_url="https://testserver", headers=headers
    )


def upload(sender, size, path="/gradio_api/upload", **given):
    return sender.post(path, content=b"x" * size, **given)


def test_an_hours_worth_and_when_to_come_back():
    mine = client()
    assert upload(mine, 3 * MB).json() == {"length": 3 * MB}
    read.clear()
    refused = upload(mine, 2 * MB)
    assert refused.status_code == 429 and 3590 < int(refused.headers["retry-after"]) <= 3600
    assert refused.json()["detail"] == (
        "At most 4 MB an hour are accepted from a visitor here. Come back in 60 minutes."
    )
    assert read in ([], [0])  # nothing of it
    assert upload(mine, MB).status_code == 200
    assert upload(mine, 1).status_code == 429


def test_more_than_an_hours_worth_is_told_so():
    refused = upload(client(), 5 * MB)
    assert refused.status_code == 429 and "This is 5 MB: send less." in refused.json()["detail"]
    assert "retry-after" not in refused.headers


def test_an_undeclared_body_is_counted_as_it_comes_and_ended_where_it_is_too_much():
    mine = client()
    for wanted, parts in ((200, 3), (429, 2), (200, 1)):
        chunks = (b"x" * MB for _ in range(parts))
        assert mine.post("/gradio_api/upload", content=chunks).status_code == wanted


def test_large_requests_of_other_kinds_count_and_small_ones_do_not():
    mine = client()
    assert upload(mine, 4 * MB, "/call").status_code == 200
    assert upload(mine, 2 * MB, "/call").status_code == 429
    for _ in range(5):
        assert upload(mine, MB, "/call").status_code == 200
    assert mine.get("/stream").status_code == 200


def test_everyone_has_a_share_of_their_own_and_an_address_a_larger_one():
    layers = [limit()]
    sender = client(layers)
    for number in range(ADDRESS_SHARE):
        secret = {"X-Glassworks-Visitor": new_secret()}
        assert upload(sender, 4 * MB, headers=secret).status_code == 200, number
    refused = upload(sender, 1, headers={"X-Glassworks-Visitor": new_secret()})
    assert refused.status_code == 429 and "8 visitors' worth from one address" in refused.json()["detail"]
    elsewhere = {"X-Glassworks-Visitor": new_secret(), "X-Forwarded-For": "8.8.4.4"}
    assert upload(sender, 4 * MB, headers=elsewhere).status_code == 200
    assert upload(sender, 9 * MB, headers={"X-Glassworks-Owner": "o"}).status_code == 200


@pytest.mark.parametrize("session_first", [True, False])
def test_who_has_signed_in_is_counted_by_name(session_first):
    """Whichever layer stands outside: they are asked for when the first bytes come."""
    session = Middleware(SessionMiddleware, secret_key="k", https_only=True)
    layers = [session, limit()] if session_first else [limit(), session]
    for name, statuses in (("ada", [200, 200, 429]), ("ada", [429] * 3), ("bob", [200, 200, 429])):
        browser = client(layers)
        browser.get(f"/login/{name}")
        assert [upload(browser, 2 * MB).status_code for _ in range(3)] == statuses


def test_what_did_not_come_is_given_back():
    """The client leaves in the middle of a declared upload."""
    limits = Limits(SETTINGS)
    layer = UploadLimit(_reading, Identity(SETTINGS), limits)
    headers = [(b"content-length", str(2 * MB).encode()), (b"x-glassworks-visitor", new_secret().encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/upload",
        "headers": headers,
        "client": ("8.8.8.8", 1),
    }
    refused = []
    messages = [
        {"type": "http.request", "body": b"x" * MB, "more_body": True},
        {"type": "http.disconnect"},
    ] * 3

    async def receive():
        return messages.pop(0)

    async def send(message):
        refused.append(message)

    for _ in range(3):  # 1 MB each, though each has said 2
        asyncio.run(layer(dict(scope), receive, send))
    assert not refused
    assert sum(use.amount for use in limits._uploads._uses["from 8.8.8.8"]) == 3 * MB


async def _reading(scope, receive, send):
    while (await receive())["type"] != "http.disconnect":
        pass


def test_gradios_own_route_is_counted(tmp_path):
    settings = SETTINGS.model_copy(update={"home": tmp_path})
    with gr.Blocks() as page:
        gr.File()
    url = serve(page, settings, Limits(settings), server_name="127.0.0.1")
    mine = {"X-Glassworks-Visitor": new_secret()}
    try:
        statuses = [
            httpx.post(
                f"{url}gradio_api/upload", files={"files": ("a.txt", b"x" * int(1.5 * MB))}, headers=mine
            ).status_code
            for _ in range(3)
        ]
    finally:
        page.close()
    assert statuses == [200, 200, 429]
