"""Data sets from a Hub on loopback, read in a process of its own as a worker reads them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.common import hub_rows
from pipelines.common.hub_rows import HubDataError
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.settings import REPOSITORY
from pipelines.training.corpora import CorpusStore
from pipelines.training.curation import hub
from pipelines.training.curation.hub import text_column
from tests.support.fake_hub import hub_with

STORIES = ["one tale", "two tales", "", "three tales", "four"]

READ = """
import json, sys
from pipelines.core.errors import GlassworksError
from pipelines.training.curation.hub import stream
from pipelines.core.corpus_names import HubName
name, rows, characters = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
try:
    print(json.dumps({"texts": list(stream(HubName.parse(name), rows, characters))}))
except GlassworksError as fault:
    print(json.dumps({"fault": type(fault).__name__, "message": str(fault)}))
"""


@pytest.fixture(scope="module")
def fake_hub(tmp_path_factory):
    """A Hub with one data set, and beside its rows a script that must never be run."""
    folder = tmp_path_factory.mktemp("remote")
    rows = [{"id": n, "story": text} for n, text in enumerate(STORIES)]
    (folder / "train.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "loader.py").write_text("raise SystemExit('remote code ran')")
    with hub_with(folder, "owner/tales", "datasets") as server:
        yield server


def read(home: Path, name: str, rows: int = 100, characters: int = 10_000, address: str = "") -> dict:
    """What a worker gets: texts, or the fault."""
    offline = {} if address else {"HF_HUB_OFFLINE": "1"}
    settings = {"HF_HOME": str(home), "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": address, **offline}
    done = subprocess.run(
        [sys.executable, "-c", READ, name, str(rows), str(characters)],
        cwd=REPOSITORY,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_rows_are_streamed_from_their_text_column(fake_hub, tmp_path):
    assert read(tmp_path, "hub:owner/tales", address=fake_hub.address)["texts"] == [t for t in STORIES if t]
    assert [asked for asked in fake_hub.asked if asked.startswith("GET") and asked.endswith(".py")] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fault", "words"),
    [
        ("hub:owner/none", "NotFoundError", "no public data set named 'owner/none'"),
        ("hub:owner/tales@test", "HubDataError", "Available splits: ['train']"),
        ("hub:owner/tales#id", "HubDataError", "no text column 'id'. Name one of 'story'"),
    ],
)
def test_what_is_not_there_is_named(fake_hub, tmp_path, name, fault, words):
    answer = read(tmp_path, name, address=fake_hub.address)
    assert answer["fault"] == fault and words in answer["message"]


@pytest.mark.slow
def test_without_a_network_the_message_says_what_to_do(tmp_path):
    answer = read(tmp_path, "hub:owner/tales")
    assert answer["fault"] == "HubDataError" and "path:<folder>" in answer["message"]


def endless(monkeypatch, fault: Exception | None = None):
    """A data set of which one can not know the end."""

    def rows(_):
        for number in range(10_000):
            if fault and number == 3:
                raise fault
            yield {"text": f"text number {number:05d}"}

    monkeypatch.setattr(hub_rows, "_loaded", rows)


def test_both_bounds_hold(monkeypatch):
    endless(monkeypatch)
    name = hub.HubName("o/n")
    assert len(list(hub.stream(name, 7, 10**6))) == 7
    assert len(list(hub.stream(name, 10**6, 100))) == 6  # 17 characters each: the sixth passes the bound


def test_a_line_that_breaks_in_the_middle_is_a_message(monkeypatch):
    endless(monkeypatch, ConnectionError("reset by peer at 10.0.0.1"))
    with pytest.raises(HubDataError, match="cannot be reached") as caught:
        list(hub.stream(hub.HubName("o/n"), 100, 10**6))
    assert "10.0.0.1" not in str(caught.value)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (RuntimeError("Dataset scripts are no longer supported, but found tales.py"), "never run"),
        (PermissionError("Dataset 'o/n' is a gated dataset on the Hub"), "accept its terms"),
        (ValueError("Bad split: x. Available splits: ['train']"), "Available splits"),
        (TimeoutError(), "cannot be reached"),
        (KeyError("rows"), "cannot be read under this name"),
    ],
)
def test_each_fault_has_its_words(monkeypatch, fault, words):
    endless(monkeypatch, fault)
    with pytest.raises(HubDataError, match=words):
        list(hub.stream(hub.HubName("o/n"), 100, 10**6))


@pytest.mark.parametrize(
    ("row", "wanted", "column"),
    [
        ({"id": 1, "text": "a", "title": "b"}, "", "text"),
        ({"id": 1, "story": "a", "title": "b"}, "", "story"),
        ({"id": 1, "body": "a"}, "", "body"),
        ({"text": "a", "title": "b"}, "title", "title"),
    ],
)
def test_the_text_column_is_found_or_named(row, wanted, column):
    assert text_column(row, wanted) == column


@pytest.mark.parametrize(
    ("row", "wanted"), [({"a": "x", "b": "y"}, ""), ({"id": 1}, ""), ({"text": "x", "id": 1}, "id")]
)
def test_a_column_that_cannot_be_told_is_asked_for(row, wanted):
    with pytest.raises(GlassworksError, match="text column"):
        text_column(row, wanted)


def test_a_worker_fetches_once_and_the_page_never(monkeypatch, settings):
    endless(monkeypatch)
    monkeypatch.setattr("pipelines.training.corpora._HUB_ROWS", 5)
    store, name = CorpusStore(settings), "hub:owner/tales"
    assert store.describe(name).documents == 0
    with pytest.raises(NotFoundError, match="not on this machine yet"):
        store.path(name)
    file = store.fetch(name)
    monkeypatch.setattr(hub_rows, "_loaded", lambda _: pytest.fail("fetched twice"))
    assert store.fetch(name) == file == store.path(name)
    info = store.describe(name)
    assert (info.documents, info.title) == (5, "owner/tales on the Hub")


def test_a_fetch_that_is_ended_leaves_nothing(monkeypatch, settings):
    endless(monkeypatch)

    def stop():
        raise KeyboardInterrupt

    store = CorpusStore(settings)
    with pytest.raises(KeyboardInterrupt):
        store.fetch("hub:owner/tales", stop)
    assert list((settings.home / "hub-corpora").iterdir()) == []
