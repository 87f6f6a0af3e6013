"""A real Chromium on the real page."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error

from tests.support.app_process import AppProcess
from tests.support.page import Workshop, chromium_at
from tests.support.small_run import Api, write_corpus

SHOTS = Path(__file__).parent / "shots"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Leave a picture of what the page showed when a test failed on it."""
    report = yield
    context = getattr(item, "funcargs", {}).get("context")
    if report.when == "call" and report.failed and context:
        SHOTS.mkdir(exist_ok=True)
        for number, page in enumerate(context.pages):
            with suppress(Error):  # a page that is stuck gives no picture, and that must not end all tests
                page.screenshot(path=SHOTS / f"{item.name}-{number}.png")
    return report


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with chromium_at(chromium) as launched:
        yield launched


@pytest.fixture(scope="session")
def shared_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppProcess]:
    with AppProcess(tmp_path_factory.mktemp("shared") / "home") as app:
        yield app


@pytest.fixture(scope="module")
def running_app(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """The real app. Modules marked ``shared_app`` ask models and leave nothing that others would see: they
    share one, whose worker has the libraries and the house's models loaded from one module to the next."""
    if request.node.get_closest_marker("shared_app"):
        yield request.getfixturevalue("shared_app")
        return
    with AppProcess(tmp_path_factory.mktemp("app") / "home") as app:
        yield app


@pytest.fixture(scope="session")
def cached(browser: Browser) -> Iterator[BrowserContext]:
    """A browser that keeps the page's scripts from one test to the next, as one does that comes back."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def context(cached: BrowserContext) -> Iterator[BrowserContext]:
    """A visitor's browser: no cookies and no storage but what this test leaves there."""
    cached.set_storage_state({"cookies": [], "origins": []})
    yield cached
    for page in cached.pages:
        page.close()


@pytest.fixture
def visitor(context: BrowserContext, running_app: AppProcess) -> Workshop:
    """Somebody who has not opened the page yet, for tests that open it by a link."""
    return Workshop(context.new_page(), running_app.url)


@pytest.fixture
def workshop(visitor: Workshop) -> Workshop:
    """The page as a visitor finds it, ready to be used."""
    return visitor.open()


@pytest.fixture(scope="module")
def api(running_app: AppProcess) -> Api:
    return Api(running_app.url)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "stories.jsonl", documents=800)
