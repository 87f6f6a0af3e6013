"""The image's files, in its environment, with the services of compose.yaml that run without containers: real
PostgreSQL, real ``chroma run``, and an OpenAI-compatible server that says what it is told. One start for all.
"""

import json
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from gradio_client import Client

from tests.pipelines.rag.index.test_server import server as chroma  # noqa: F401
from tests.support.app_process import AppProcess
from tests.support.image import environment, unpack
from tests.support.model_server import ModelServer
from tests.support.postgres import Postgres, missing

pytestmark = [pytest.mark.process, pytest.mark.slow]
OWNER, ANSWER = "the-owners-secret", "The lamp was lit by Ada [1]."
STORY = "Ada keeps the lighthouse at the northern cape. Every evening she lights the lamp with a long match."


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    if why := missing():
        pytest.skip(why)
    with Postgres() as running:
        yield running


@pytest.fixture(scope="module")
def app(database, chroma, tmp_path_factory) -> Iterator[AppProcess]:  # noqa: F811
    folder = tmp_path_factory.mktemp("server")
    with ModelServer(ANSWER) as model:
        given = environment() | {
            "GRADIO_SERVER_NAME": "127.0.0.1",
            "GLASSWORKS_DATABASE_URL": database.make().replace("+psycopg", ""),
            "GLASSWORKS_CHROMA_URL": chroma,
            "GLASSWORKS_OWNER_TOKEN": OWNER,
            "GLASSWORKS_ENDPOINTS": json.dumps({"vllm": {"url": model.url, "model": "served"}}),
            "GLASSWORKS_DEVICE": "cpu",
            "HF_HUB_OFFLINE": "0",
            "HF_HOME": str(folder / "huggingface"),
        }
        for name in ("GLASSWORKS_HOME", "GRADIO_SERVER_PORT"):  # those of this test
            given.pop(name)
        running = AppProcess(folder / "data", **given)
        running.root = unpack(folder / "app")
        with running:
            yield running


def until(condition: Callable[[], object], seconds: float = 180) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.2)


def ready(app) -> tuple[int, dict]:
    answer = httpx.get(f"{app.url}readyz", timeout=20)
    return answer.status_code, answer.json()


def passed_on(app, **headers: str):
    """A client whose requests come by way of a proxy."""
    return Client(app.url, verbose=False, headers={"x-forwarded-for": "203.0.113.7", **headers})


def test_it_is_ready_and_keeps_nothing_of_the_database_on_its_own_disk(app):
    assert ready(app) == (
        200,
        {"ready": True, **dict.fromkeys(("database", "disk", "worker", "restored"), "ok")},
    )
    assert httpx.get(f"{app.url}healthz").json() == {"alive": True}
    assert not (app.home / "glassworks.db").exists()


def test_what_a_proxy_passes_on_is_a_guest_s_unless_the_owner_s_secret_comes_with_it(app):
    whoami = f"{app.url}whoami"
    kinds = [
        httpx.get(whoami, headers={"x-forwarded-for": "203.0.113.7", **more}).json()["kind"]
        for more in ({}, {"x-glassworks-owner": OWNER}, {"x-glassworks-owner": "guessed"})
    ]
    assert kinds == ["guest", "home", "guest"]


def test_documents_are_indexed_in_the_two_servers_and_an_endpoint_answers_from_them(app, chroma):  # noqa: F811
    ask = passed_on(app, **{"x-glassworks-owner": OWNER}).predict
    job = ask("Cape", None, STORY, "cape.txt", "{}", api_name="/rag_add")
    until(lambda: ask(job, api_name="/job")["state"] == "succeeded")
    found = ask("Cape", "Who lights the lamp?", "{}", api_name="/rag_search")
    assert found["chunks"][0]["source"] == "cape.txt" and "Ada" in found["chunks"][0]["text"]
    listed = httpx.get(
        f"{chroma}/api/v2/tenants/default_tenant/databases/default_database/collections"
    ).json()
    assert any(one["name"].startswith("gw-") for one in listed) and not (app.home / "chroma").exists()
    settings = {"answerer": "generate", "model": "endpoint:vllm"}
    told = ask("Cape", "Who lights the lamp?", settings, None, api_name="/rag_ask")
    assert told["answer"] == ANSWER and told["model"] == "endpoint:vllm"


def test_while_the_database_is_away_it_says_so_and_afterwards_all_is_as_before(app, database):
    ask = passed_on(app, **{"x-glassworks-owner": OWNER}).predict
    before = ask(api_name="/rag_collections")
    database.stop()
    until(lambda: ready(app)[0] == 503)
    assert ready(app)[1]["database"] == "failed" and httpx.get(f"{app.url}healthz").status_code == 200
    with pytest.raises(Exception, match="database cannot be reached"):
        ask(api_name="/rag_collections")
    database.start()
    until(lambda: ready(app)[0] == 200)
    assert ask(api_name="/rag_collections") == before and before[0]["name"] == "Cape"
