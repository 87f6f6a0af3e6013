"""A real Chromium on the real page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

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
            page.screenshot(path=SHOTS / f"{item.name}-{number}.png")
    return report


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with chromium_at(chromium) as launched:
        yield launched


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A visitor's browser: its own cookies and storage."""
    opened = browser.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


@pytest.fixture
def workshop(context: BrowserContext, running_app: AppProcess) -> Workshop:
    """The page as a visitor finds it, ready to be used."""
    return Workshop(context.new_page(), running_app.url).open()


@pytest.fixture(scope="module")
def api(running_app: AppProcess) -> Api:
    return Api(running_app.url)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_corpus(tmp_path_factory.mktemp("corpus") / "stories.jsonl", documents=800)
