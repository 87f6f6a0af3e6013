"""Requests of a page taken by a test."""

from collections.abc import Callable
from re import Pattern

from playwright.sync_api import Page, Route

_PROBE = "/healthz?gw-intercepted"  # an address that answers either way: a 404 would be an error of the page


def intercept(
    page: Page, pattern: str | Pattern[str], handler: Callable[[Route], object], times: int | None = None
) -> None:
    """``page.route``, once the page's requests really come by here.

    Chromium says that it takes them before the page's own process has heard of it, and a key pressed at once
    may reach that process first: its request goes out untouched (3 of 150 did). So a probe is asked for until
    it is answered here.
    """
    page.route(lambda url: url.endswith(_PROBE), lambda route: route.fulfill(body=_PROBE))
    page.wait_for_function(
        "(probe) => fetch(probe).then((got) => got.text()).then((text) => text === probe, () => false)",
        arg=_PROBE,
    )
    page.route(pattern, handler, times=times)
