"""``/healthz`` and ``/readyz``: what they tell, how often they look, and the real checks."""

import threading
import time
from dataclasses import replace
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import health as module
from app.health import Health, health_of
from pipelines.core.database import Database
from pipelines.runtime.client import RuntimeClient
from pipelines.runtime.operations import INFERENCE

GOOD = {"database": "ok", "disk": "ok", "worker": "ok", "restored": "ok"}


def served(health: Health) -> TestClient:
    return TestClient(Starlette(routes=health.routes()))


@pytest.fixture
def services(settings):
    runtime = RuntimeClient(settings)
    yield SimpleNamespace(
        settings=settings,
        database=Database(settings.url),
        runtime=runtime,
        keeping=SimpleNamespace(restored=True),
    )
    runtime.close()


def ready(services) -> tuple[int, dict]:
    answer = served(health_of(services)).get("/readyz")
    return answer.status_code, answer.json()


def test_all_is_well_and_no_worker_is_started_to_find_out(services):
    assert ready(services) == (200, {"ready": True, **GOOD})
    assert services.runtime.pid is None
    answer = served(health_of(services)).head("/readyz")
    assert answer.status_code == 200 and answer.headers["cache-control"] == "no-store"


def test_the_process_answers_whatever_fails_or_hangs():
    never = threading.Event()
    with served(Health({"database": never.wait})) as client:
        assert client.get("/healthz").json() == {"alive": True}
        assert client.post("/healthz").status_code == 405
    never.set()


def test_what_fails_is_named_and_nothing_of_its_inside(services, caplog):
    services.database.engine.dispose()
    services.database.write = lambda: (_ for _ in ()).throw(RuntimeError("secret@host"))
    services.keeping.restored = False
    status, told = ready(services)
    assert status == 503 and told["ready"] is False and told["database"] == "failed"
    assert told["restored"] == "votes of before are not here yet" and "secret" not in str(told)
    assert "secret@host" in caplog.text


def test_a_full_disk_is_told(services, monkeypatch):
    monkeypatch.setattr(module, "free_bytes", lambda folder: 1e6)
    assert ready(services)[1]["disk"] == "less than 64 MB are free"


def test_it_looks_once_however_often_it_is_asked(monkeypatch):
    looks = []
    with served(Health({"one": lambda: looks.append(time.monotonic()) or ""})) as client:
        for _ in range(20):
            assert client.get("/readyz").json() == {"ready": True, "one": "ok"}
        assert len(looks) == 1
    monkeypatch.setattr(module, "FRESH_SECONDS", 0.0)
    with served(Health({"one": lambda: looks.append(0) or ""})) as client:
        for _ in range(3):
            client.get("/readyz")
    assert len(looks) == 4


def test_a_check_that_hangs_is_told_and_not_begun_again(monkeypatch):
    monkeypatch.setattr(module, "SLOW_SECONDS", 0.05)
    begun, end = [], threading.Event()
    with served(Health({"slow": lambda: begun.append(1) or ("" if end.wait(20) else "late")})) as client:
        for _ in range(3):
            answer = client.get("/readyz")
            assert answer.status_code == 503 and answer.json()["ready"] is False
        end.set()
        deadline = time.monotonic() + 10
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
    assert begun == [1]


@pytest.mark.process
def test_a_worker_that_never_comes_up_is_told_and_tried_again(services):
    services.runtime = RuntimeClient(services.settings, replace(INFERENCE, name="unknown"))
    services.runtime.start()
    end = time.monotonic() + 60
    while ready(services)[1]["worker"] == "ok":
        assert time.monotonic() < end
        time.sleep(0.2)
    assert ready(services)[1]["worker"] == "the inference worker ends before it is up"
    assert ready(services)[0] == 503, "also while the next one starts"
