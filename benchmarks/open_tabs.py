"""What it costs the browser to open the page and then every tab once, in order, as the page is and as
Gradio's comes: events without progress shown on their outputs too (:mod:`app.quiet_events`), each component
told at every event what it knows already, and the events read anew for each (``assets/js/first/tree.js``).

Time is what the main thread of the browser was busy, not the clock's: until it has been at rest for a second
and a half after each tab. Both pages come from the same tree, turn by turn, each from a fresh process and
folder.
"""

import argparse
import runpy
import statistics
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser

from app.shell import TABS
from tests.support.app_process import ROOT, AppProcess
from tests.support.chromium import bring_chromium
from tests.support.page import Workshop, chromium_at

WANTED = 6.0  # times less
_BEFORE = "before"
_REST, _AT_REST = 1.5, 0.15  # seconds that are looked at, and of them those that it may be busy
_LONGEST = 120.0  # seconds for one tab


class AppAsBefore(AppProcess):
    """The app with Gradio's page as it comes."""

    command = ("-m", "benchmarks.open_tabs", _BEFORE)


def busy_seconds(browser: Browser, kind: type[AppProcess], home: Path) -> list[float]:
    """Of the main thread: to open the page, then for each tab in order."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    try:
        with kind(home) as app:
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Performance.enable")

            def busy() -> float:
                found = session.send("Performance.getMetrics")["metrics"]
                return next(one["value"] for one in found if one["name"] == "TaskDuration")

            def rested() -> float:
                until, last = time.monotonic() + _LONGEST, busy()
                while time.monotonic() < until:
                    page.wait_for_timeout(1000 * _REST)
                    now = busy()
                    if now - last < _AT_REST:
                        return now
                    last = now
                raise TimeoutError("the page did not come to rest")

            Workshop(page, app.url).open()
            before = rested()
            costs = [before]
            for _, _, title, _ in TABS:
                page.get_by_role("tab", name=title).first.click()
                now = rested()
                costs.append(now - before)
                before = now
            return costs
    finally:
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--turns", type=int, default=2)
    turns = parser.parse_args().turns
    found: dict[str, list[list[float]]] = {"now": [], _BEFORE: []}
    with chromium_at(bring_chromium()) as browser, tempfile.TemporaryDirectory() as folder:
        for turn in range(turns):
            for name, kind in (("now", AppProcess), (_BEFORE, AppAsBefore)):
                found[name].append(busy_seconds(browser, kind, Path(folder) / f"{name}{turn}"))
    every = {
        name: [statistics.median(one) for one in zip(*costs, strict=True)] for name, costs in found.items()
    }
    for place, title in enumerate(("The page", *(title for _, _, title, _ in TABS))):
        print(f"{title:14} {every['now'][place]:6.2f} s, before {every[_BEFORE][place]:6.2f} s")
    now, before = (statistics.median(map(sum, found[name])) for name in ("now", _BEFORE))
    print(f"all together: {now:.1f} s of the main thread, before {before:.1f} s: {before / now:.2f}x")
    print(f"at least {WANTED}x less is wanted: {'reached' if before / now >= WANTED else 'NOT REACHED'}")


def _serve_as_before() -> None:
    import app.launch
    import app.shell

    app.shell.keep_to_themselves = lambda page: None
    app.launch.mend_page = lambda: None
    sys.argv = ["app.py"]
    runpy.run_path(str(ROOT / "app.py"), run_name="__main__")


if __name__ == "__main__":
    _serve_as_before() if sys.argv[1:] == [_BEFORE] else main()
