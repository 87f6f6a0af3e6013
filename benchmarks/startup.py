"""From process start to an interactive page in Chromium, against ``import gradio`` alone in the same run.

Interactive means that a click has had its effect: the *Pretrain* tab was pressed and its start button stands
there. Chromium runs before the clock starts; each start has an empty data folder and a new browser context.
Beside it stands what no Gradio app can go below: the same for a page of two tabs with a button in the second.
"""

import argparse
import contextlib
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.support.app_process import QUIET, AppProcess, free_port
from tests.support.chromium import bring_chromium
from tests.support.page import chromium_at

ALLOWED = 2.5  # seconds over `import gradio`
_EMPTY = """
import gradio as gr
with gr.Blocks() as page, gr.Tabs():
    with gr.Tab("Decoding"):
        gr.HTML("nothing")
    with gr.Tab("Pretrain"):
        gr.Button("nothing", elem_id="pretrain-start")
page.launch(quiet=True)
"""


def import_seconds() -> float:
    """A fresh process that imports gradio and ends."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import gradio"], check=True)
    return time.perf_counter() - start


def page_seconds(browser: Browser, home: Path) -> float:
    """A fresh process of the app, until a click on its page has worked."""
    app = AppProcess(home)
    try:
        return _seconds(browser, lambda: app.start(wait=False), app.port)
    finally:
        app.stop()


def empty_seconds(browser: Browser) -> float:
    """As :func:`page_seconds`, for the page with next to nothing on it."""
    port, started = free_port(), []
    environment = {**os.environ, **QUIET, "GRADIO_SERVER_PORT": str(port)}
    command = [sys.executable, "-c", _EMPTY]
    try:
        return _seconds(browser, lambda: started.append(subprocess.Popen(command, env=environment)), port)
    finally:
        for process in started:
            process.kill()
            process.wait()


def _seconds(browser: Browser, start: Callable[[], Any], port: int) -> float:
    context = browser.new_context()
    try:
        page = context.new_page()
        begun = time.perf_counter()
        start()
        _open(page, port)
        page.get_by_role("tab", name="Pretrain").click()
        expect(page.locator("#pretrain-start")).to_be_visible(timeout=60_000)
        return time.perf_counter() - begun
    finally:
        context.close()


def _open(page: Page, port: int, seconds: float = 60) -> None:
    """As soon as the server takes connections, as a browser that the app itself opens."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            break
        time.sleep(0.02)
    page.goto(f"http://127.0.0.1:{port}/", wait_until="commit")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--repeats", type=int, default=5, help="starts to measure after one that is not counted"
    )
    repeats = parser.parse_args().repeats
    imports, empties, pages = [], [], []
    with chromium_at(bring_chromium()) as browser, tempfile.TemporaryDirectory() as folder:
        for turn in range(repeats + 1):
            home = Path(folder) / str(turn)
            made = import_seconds(), empty_seconds(browser), page_seconds(browser, home)
            if turn:  # the first one warms the file cache for all sides
                for times, seconds in zip((imports, empties, pages), made, strict=True):
                    times.append(seconds)
                print("import gradio {:5.2f} s   empty page {:5.2f} s   page {:5.2f} s".format(*made))
    over = statistics.median(p - i for p, i in zip(pages, imports, strict=True))
    median = [statistics.median(times) for times in (imports, empties, pages)]
    print("median: import gradio {:.2f} s, empty page {:.2f} s, page {:.2f} s".format(*median))
    print(f"{'PASS' if over <= ALLOWED else 'FAIL'}: {over:.2f} s over import gradio (at most {ALLOWED} s)")


if __name__ == "__main__":
    main()
