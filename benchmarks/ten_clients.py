"""What ten open pages on a running job cost the server: the share of one core that the app's process takes.

A real job trains in its worker and reports several times a second; ten visitors, each with a browser context
of their own, have chosen it in *Jobs & models* and watch. Counted is the CPU time of the app's process alone,
which other work on the machine hardly changes. A page that is drawn too slowly asks less often, so the
questions are counted as well: a window in which the pages asked too rarely is no measurement.
"""

import argparse
import contextlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from tests.support.app_process import AppProcess
from tests.support.chromium import bring_chromium
from tests.support.page import Workshop, chromium_at
from tests.support.small_run import Api, tiny, write_corpus

CLIENTS = 10
ALLOWED = 0.10  # of one core
SECONDS = 20.0

_LAST_STEP = """() => {
    const shown = (plot) => plot.checkVisibility() && plot.data?.length;
    const plot = [...document.querySelectorAll('.gw-plot-loss .js-plotly-plot')].find(shown);
    const steps = (trace) => [...(trace.x?._inputArray ?? trace.x ?? [])];
    return plot ? Math.max(0, ...plot.data.flatMap(steps)) : 0;
}"""


@dataclass(frozen=True)
class Cost:
    """What a window showed: ``share`` of one core, questions that the pages asked a second, and by how many
    steps the curve grew on the page where it grew least."""

    share: float
    asked: float
    grown: int

    def __str__(self) -> str:
        return (
            f"{self.share:6.1%} of a core, {self.asked:5.2f} questions/s, curves grew by {self.grown:,} steps"
        )


class Watchers:
    """Pages that watch one job, each as a visitor of its own."""

    def __init__(self, browser: Browser, url: str, job_id: str, count: int):
        self.asked = 0
        self.contexts: list[BrowserContext] = []
        self.pages = [self._opened(browser, url, job_id) for _ in range(count)]

    def _opened(self, browser: Browser, url: str, job_id: str) -> Page:
        self.contexts.append(browser.new_context(viewport={"width": 1280, "height": 900}))
        page = self.contexts[-1].new_page()
        page.set_default_timeout(120_000)
        page.on("request", self._count)
        Workshop(page, url).open("?tab=jobs")
        row = page.locator("#jobs-table [role=gridcell]").filter(has_text=job_id).locator("visible=true")
        row.first.click()
        page.wait_for_function(f"({_LAST_STEP})() > 0")
        return page

    def _count(self, request: Request) -> None:
        self.asked += request.method == "POST"

    def steps(self) -> list[int]:
        """The last step of the curve on each page."""
        return [page.evaluate(_LAST_STEP) for page in self.pages]

    def wait(self, seconds: float) -> None:
        self.pages[0].wait_for_timeout(1000 * seconds)


def cpu_seconds(process: psutil.Process) -> float:
    """CPU time of this very process; its children, the workers, are not in it."""
    times = process.cpu_times()
    return times.user + times.system


def measured(app: AppProcess, watchers: Watchers, seconds: float = SECONDS) -> Cost:
    """One window of watching."""
    process = psutil.Process(app.process.pid)
    steps, asked = watchers.steps(), watchers.asked
    spent, start = cpu_seconds(process), time.perf_counter()
    watchers.wait(seconds)
    spent, elapsed = cpu_seconds(process) - spent, time.perf_counter() - start
    asked = watchers.asked - asked
    grown = min(b - a for a, b in zip(steps, watchers.steps(), strict=True))
    return Cost(spent / elapsed, asked / elapsed, grown)


@contextlib.contextmanager
def watched(app: AppProcess, browser: Browser, folder: Path, count: int = CLIENTS) -> Iterator[Watchers]:
    """``count`` pages on a job that reports about three times a second for several minutes."""
    api = Api(app.url)
    corpus = write_corpus(folder / "stories.jsonl")
    long = {"max_steps": 40_000, "eval_every": 400, "checkpoint_every": 2_000}
    job_id = api.submit(tiny(corpus, **long))
    expect.set_options(timeout=120_000)  # ten pages draw on the cores of one machine
    api.wait_for_step(job_id, 100)
    watchers = Watchers(browser, app.url, job_id, count)
    try:
        watchers.wait(10)  # opening ten pages costs once
        yield watchers
        assert api.job(job_id)["state"] == "running", "the training ended before the measurement did"
    finally:
        for context in watchers.contexts:
            context.close()
        api.control(job_id, "cancel")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS, help="open pages")
    parser.add_argument("--windows", type=int, default=3, help=f"windows of {SECONDS:.0f} s")
    given = parser.parse_args()
    chromium = bring_chromium()
    with (
        tempfile.TemporaryDirectory() as folder,
        AppProcess(Path(folder) / "home") as app,
        chromium_at(chromium) as browser,
        watched(app, browser, Path(folder), given.clients) as watchers,
    ):
        costs = [measured(app, watchers) for _ in range(given.windows)]
    for cost in costs:
        print(cost)
    worst = max(cost.share for cost in costs)
    verdict = "PASS" if worst <= ALLOWED else "FAIL"
    print(f"{verdict}: {given.clients} open pages cost {worst:.1%} of a core (at most {ALLOWED:.0%})")


if __name__ == "__main__":
    main()
