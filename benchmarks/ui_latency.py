"""How soon light UI calls answer while a training job runs on all cores.

A real job (the dial's size 4, on a corpus written for this) trains in its worker; meanwhile the page is asked
for what it asks for itself: its HTML, the lists of models and jobs, a job's progress. Each call is one whole
round trip of a client.
"""

import argparse
import math
import statistics
import tempfile
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import psutil

from tests.support.app_process import AppProcess
from tests.support.small_run import Api, write_corpus

ALLOWED = 500.0  # milliseconds, for 95 of 100 calls


def calls(api: Api, url: str, job_id: str) -> dict[str, Callable[[], object]]:
    predict = api.client.predict
    return {
        "/models": lambda: predict(api_name="/models"),
        "/jobs": lambda: predict(api_name="/jobs"),
        "/job": lambda: predict(job_id, api_name="/job"),
        "events": lambda: predict(job_id, 0, api_name="/job_events"),
        "page": lambda: urllib.request.urlopen(url, timeout=60).read(),
    }


def milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return 1000 * (time.perf_counter() - start)


def percentile(values: list[float], share: float) -> float:
    """The smallest value that at least this share of all values does not exceed."""
    ranked = sorted(values)
    return ranked[math.ceil(share * len(ranked)) - 1]


def measured(app: AppProcess, api: Api, job_id: str, count: int) -> dict[str, list[float]]:
    """``count`` rounds of every call with a pause between two; fails if the job ends meanwhile."""
    asked = calls(api, app.url, job_id)
    times: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(count):
        for name, call in asked.items():
            times[name].append(milliseconds(call))
            time.sleep(0.1)
    assert api.job(job_id)["state"] == "running", "the training ended before the measurement did"
    return times


def report(times: dict[str, list[float]]) -> None:
    print(f"{'call':10} {'calls':>6} {'median':>8} {'95 %':>8} {'worst':>8}  (ms)")
    every = [value for values in times.values() for value in values]
    for name, values in {**times, "all": every}.items():
        figures = (statistics.median(values), percentile(values, 0.95), max(values))
        print(f"{name:10} {len(values):6} " + " ".join(f"{figure:8.1f}" for figure in figures))
    late = percentile(every, 0.95)
    verdict = "PASS" if late <= ALLOWED else "FAIL"
    print(f"{verdict}: 95 % of calls within {late:.0f} ms (at most {ALLOWED:.0f} ms)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=40, help="rounds of all calls")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, AppProcess(Path(folder) / "home") as app:
        api = Api(app.url)
        corpus = write_corpus(Path(folder) / "stories.jsonl", documents=4000)
        job_id = api.submit({"size": 4, "corpus": corpus, "max_steps": 100_000, "compile": False})
        api.wait_for_step(job_id, 5, seconds=300)
        psutil.cpu_percent()
        times = measured(app, api, job_id, rounds)
        print(f"the machine was {psutil.cpu_percent():.0f} % busy on {psutil.cpu_count()} cores")
        report(times)


if __name__ == "__main__":
    main()
