"""Answers that are run: right ones, wrong ones, and those that would do harm."""

import gzip
import json
import time
from dataclasses import replace

import pytest

from pipelines.common.sandbox.run import NoSandboxError, way
from pipelines.core.settings import REPOSITORY
from pipelines.evaluation.tasks.writing.humaneval import programs
from pipelines.evaluation.tasks.writing.humaneval.programs import Verdict, program_of, verdict, verdicts

FILE = REPOSITORY.parent / "shared" / "data" / "eval" / "humaneval.jsonl.gz"
ROW = {
    "prompt": "def one():\n",
    "entry_point": "one",
    "test": "def check(candidate):\n    assert candidate() == 1\n",
}


@pytest.fixture(autouse=True, scope="module")
def sandbox():
    try:
        way()
    except NoSandboxError as error:
        pytest.skip(str(error))


@pytest.fixture
def hurried(monkeypatch):
    """A second in place of three."""
    monkeypatch.setattr(programs, "LIMITS", replace(programs.LIMITS, seconds=1))


def told(completion: str) -> Verdict:
    return verdict(program_of(ROW, completion))


def test_right_and_wrong():
    assert told("    return 1") == Verdict("passed")
    assert told("    return 2") == Verdict("failed", "AssertionError")
    assert told("    return undefined").error == "NameError: name 'undefined' is not defined"
    assert told("    return (").error.startswith("SyntaxError")


@pytest.mark.parametrize(
    ("completion", "state"),
    [
        ("    while True: pass", "late"),
        ("    import time\n    time.sleep(600)", "late"),
        ("    import os\n    while True: os.fork()", "failed"),
        ("    import subprocess\n    subprocess.run(['true'])\n    return 1", "failed"),
        ("    import multiprocessing as m\n    m.Process(target=print).start()\n    return 1", "failed"),
        ("    kept = []\n    while True: kept.append(bytearray(1 << 24))", "full"),
        ("    return 1 if '9' * 10**9 else 0", "full"),
        ("    while True: print('x' * 9999)", "loud"),
        ("    open('there', 'w').write('x')\n    return 1", "failed"),
        ("    import os\n    os.mkdir('/tmp/there')\n    return 1", "failed"),
        ("    open('/etc/passwd').read()\n    return 1", "failed"),
        ("    import socket\n    socket.create_connection(('127.0.0.1', 80))\n    return 1", "failed"),
        ("    return one()", "failed"),
    ],
)
def test_what_does_not_end_or_reaches_out(completion, state, tmp_path, monkeypatch, hurried):
    monkeypatch.chdir(tmp_path)
    assert told(completion).told == state
    assert not list(tmp_path.iterdir())


def test_threads_without_end_are_ended(hurried):
    """They may not be refused, but the memory and the clock end them."""
    body = (
        "    import threading, time\n    while True: threading.Thread(target=time.sleep, args=(999,)).start()"
    )
    begun = time.monotonic()
    assert told(body).told in ("failed", "full", "late")
    assert time.monotonic() - begun < 60


@pytest.mark.parametrize(
    "completion",
    ["    import os\n    os._exit(0)", "    import sys\n    sys.exit(0)", "    pass\nraise SystemExit"],
)
def test_an_answer_that_leaves_before_its_tests_has_not_passed(completion):
    assert told(completion) == Verdict("left")


def test_what_an_answer_prints_does_not_count():
    assert told("    print('passed')\n    return 1").passed
    assert told("    import sys\n    sys.stdout = None\n    return 1").passed


def test_in_their_order_and_equal_ones_once(monkeypatch):
    run = []
    monkeypatch.setattr(programs, "verdict", lambda program: run.append(program) or Verdict(program))
    assert [one.told for one in verdicts(["a", "b", "a", "c", "b"])] == ["a", "b", "a", "c", "b"]
    assert sorted(run) == ["a", "b", "c"]


@pytest.mark.parametrize("count", [20, pytest.param(164, marks=pytest.mark.slow)])
def test_the_published_solutions_pass(count):
    if not FILE.is_file():
        pytest.skip("needs humaneval.jsonl.gz of the shared data")
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][:count]
    found = verdicts([program_of(row, row["canonical_solution"]) for row in rows])
    assert [row["task_id"] for row, one in zip(rows, found, strict=True) if not one.passed] == []
    broken = verdicts([program_of(row, "    return None") for row in rows])
    assert not any(one.passed for one in broken)
