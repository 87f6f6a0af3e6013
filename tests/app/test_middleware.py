"""The layers in front of Gradio: limits on bodies, headers, the visitor's cookie."""

import asyncio

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import HTMLResponse, JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from app.identity import COOKIE, is_secret
from app.middleware import BODY_LIMIT, MB, BodyLimit, middleware
from pipelines.core.settings import Settings

seen: list[int] = []


async def echo(request):
    seen.append(len(await request.body()))
    return JSONResponse({"length": seen[-1]})


async def page(request):
    return HTMLResponse("<p>page</p>")


async def stream(request):
    async def parts():
        for part in ("a", "b", "c"):
            yield part

    return StreamingResponse(parts())


ROUTES = [Route("/", page), Route("/stream", stream)] + [
    Route(path, echo, methods=["POST"]) for path in ("/call", "/gradio_api/upload")
]


def client(settings, **given):
    return TestClient(Starlette(routes=ROUTES, middleware=middleware(settings)), **given)


@pytest.fixture
def at_home():
    return client(Settings(max_upload_mb=20))


def test_a_body_within_the_limit_passes_whole(at_home):
    assert at_home.post("/call", content=b"x" * MB).json() == {"length": MB}


def test_a_declared_length_over_the_limit_is_refused_unread(at_home):
    seen.clear()
    answer = at_home.post("/call", content=b"x" * (BODY_LIMIT + 1))
    assert answer.status_code == 413 and "at most 16 MB" in answer.json()["detail"]
    assert not seen


def test_an_undeclared_body_is_refused_when_it_grows_too_large(at_home):
    seen.clear()
    chunks = (b"x" * MB for _ in range(30))
    assert at_home.post("/call", content=chunks).status_code == 413
    assert not seen


def test_a_chunked_body_is_not_read_past_the_limit():
    """Memory stays flat: of an endless body no more than the limit and one chunk are taken."""
    taken, sent = [], []

    async def receive():
        taken.append(1)
        return {"type": "http.request", "body": b"x" * 1000, "more_body": True}

    async def send(message):
        sent.append(message)

    async def app(scope, receive, send):
        while (await receive())["type"] != "http.disconnect":
            pass

    scope = {"type": "http", "method": "POST", "path": "/call", "headers": []}
    asyncio.run(BodyLimit(app, body=10_000, upload=10_000)(scope, receive, send))
    assert len(taken) == 11
    assert sent[0]["status"] == 413


def test_uploads_have_their_own_limit(at_home):
    assert at_home.post("/gradio_api/upload", content=b"x" * (18 * MB)).status_code == 200
    assert at_home.post("/gradio_api/upload", content=b"x" * (22 * MB)).status_code == 413


def test_a_strange_content_length_is_no_crash():
    scope = {"type": "http", "method": "POST", "path": "/", "headers": [(b"content-length", b"-5")]}
    reached = []

    async def app(scope, receive, send):
        reached.append(scope)

    asyncio.run(BodyLimit(app, body=1, upload=1)(scope, None, None))
    assert reached


def test_every_answer_carries_the_security_headers(at_home):
    answers = (at_home.get("/"), at_home.get("/absent"), at_home.post("/call", content=b"x" * (17 * MB)))
    for answer in answers:
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'self' https://huggingface.co https://*.hf.space" in policy


def test_no_source_of_scripts_or_data_but_this_server(at_home):
    policy = at_home.get("/").headers["content-security-policy"].split("; ")
    loading = [rule for rule in policy if not rule.startswith("frame-ancestors")]
    assert not any("http" in rule or "*" in rule for rule in loading)


def test_streams_pass_through(at_home):
    assert at_home.get("/stream").text == "abc"


def cookie_of(answer):
    return answer.headers.get("set-cookie", "")


def test_a_browser_gets_a_secret_once(at_home):
    first = cookie_of(at_home.get("/", headers={"accept": "text/html"}))
    assert "HttpOnly" in first and "SameSite=Lax" in first
    assert is_secret(first.split(";")[0].removeprefix(f"{COOKIE}="))
    assert not cookie_of(at_home.get("/", headers={"accept": "text/html"}))


def test_a_forged_cookie_is_replaced(at_home):
    at_home.cookies.set(COOKIE, "owner")
    assert COOKIE in cookie_of(at_home.get("/", headers={"accept": "text/html"}))


def test_files_and_calls_set_no_cookie(at_home):
    assert not cookie_of(at_home.get("/", headers={"accept": "*/*"}))
    assert not cookie_of(at_home.post("/call", content=b"{}"))


def test_on_a_space_the_cookie_lives_in_the_hubs_frame():
    space = client(Settings(SPACE_ID="someone/glassworks"), base_url="https://x.hf.space")
    cookie = cookie_of(space.get("/", headers={"accept": "text/html"}))
    assert all(part in cookie for part in ("SameSite=None", "Secure", "Partitioned", "HttpOnly"))


def test_layers_are_starlettes():
    assert all(isinstance(layer, Middleware) for layer in middleware(Settings()))
