"""From process start to an interactive page in Chromium, against ``import gradio`` alone in the same run.

Interactive means that a click has had its effect: the *Pretrain* tab was pressed and its start button stands
there. Chromium runs before the clock starts; each start has an empty data folder and a new browser context.
"""

import argparse
import contextlib
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Browser, expect

from tests.support.app_process import AppProcess
from tests.support.chromium import bring_chromium
from tests.support.page import chromium_at

ALLOWED = 2.5  # seconds over `import gradio`


def import_seconds() -> float:
    """A fresh process that imports gradio and ends."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    return time.perf_counter() - start


def page_seconds(browser: Browser, home: Path) -> float:
    """A fresh process of the app, until a click on its page has worked."""
    app, context = AppProcess(home), browser.new_context()
    try:
        page = context.new_page()
        start = time.perf_counter()
        app.start(wait=False)
        _open(page, app)
        page.get_by_role("tab", name="Pretrain").click()
        expect(page.locator("#pretrain-start")).to_be_visible(timeout=60_000)
        return time.perf_counter() - start
    finally:
        app.stop()
        context.close()


def _open(page, app: AppProcess, seconds: float = 60) -> None:
    """As soon as the server takes connections, as a browser that the app itself opens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", app.port), timeout=1):
            break
        time.sleep(0.02)
    page.goto(app.url, wait_until="commit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--repeats", type=int, default=5, help="starts to measure after one that is not counted"
    )
    repeats = parser.parse_args().repeats
    imports, pages = [], []
    with chromium_at(bring_chromium()) as browser, tempfile.TemporaryDirectory() as folder:
        for turn in range(repeats + 1):
            pair = import_seconds(), page_seconds(browser, Path(folder) / str(turn))
            if turn:  # the first one warms the file cache for both sides
                imports.append(pair[0])
                pages.append(pair[1])
                print("import gradio {:5.2f} s   page {:5.2f} s".format(*pair))
    over = statistics.median(p - i for p, i in zip(pages, imports, strict=True))
    print(f"median: import gradio {statistics.median(imports):.2f} s, page {statistics.median(pages):.2f} s")
    print(f"{'PASS' if over <= ALLOWED else 'FAIL'}: {over:.2f} s over import gradio (at most {ALLOWED} s)")


if __name__ == "__main__":
    main()
