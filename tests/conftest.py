"""What every test may lean on: a quiet environment, a data folder of its own, a browser, the running app.

The environment is set before anything imports gradio, torch or huggingface_hub, all of which read it once.
"""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.core.lasting import lasting
from tests.support.app_process import QUIET, AppProcess
from tests.support.chromium import find_chromium

os.environ.update(QUIET)
_beside = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))  # processes that run tests at the same time
os.environ.setdefault("OMP_NUM_THREADS", str(max(1, min(4, (os.cpu_count() or 1) // _beside))))
for _name in ("GLASSWORKS_HOME", "SPACE_ID", "SYSTEM", "GRADIO_SERVER_PORT"):
    os.environ.pop(_name, None)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What the tests import stays."""
    with lasting():
        return (yield)


@pytest.fixture(scope="module", autouse=True)
def settled() -> None:
    """What lives before a module's tests stays too: libraries are also imported by tests, and a tuning looks
    for waste ten times."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def databases_rest(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a test has opened is given back when it ends: three files a database, and there are thousands of
    tests. Who still has one may go on with it."""
    from pipelines.core.database import Database

    made, begin = [], Database.__init__

    def noted(self: Database, url: str) -> None:
        begin(self, url)
        made.append(self)

    monkeypatch.setattr(Database, "__init__", noted)
    yield
    for one in made:
        one.close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An empty data folder."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def settings(home: Path):
    """Settings whose data folder is :func:`home`, folders made."""
    from pipelines.core.settings import Settings

    made = Settings(home=home)
    made.make_folders()
    return made


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium. Its absence is a failure, not a skip: ``make test`` brings one."""
    path = find_chromium()
    assert path, "no Chromium found: run `make test`, or set CHROMIUM to one"
    return path


@pytest.fixture(scope="module")
def running_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    """The real app with an empty data folder, shared by a module's tests; all its processes end with it."""
    with AppProcess(tmp_path_factory.mktemp("app") / "home") as app:
        yield app
