"""The store of rows: kept once for each owner, described, refused without a trace when bad; samples, the
owner's files, and data sets of the Hub.
"""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.common import hub_rows
from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.training.rows.formats import examples_of, recognise
from pipelines.training.rows.reading import read
from pipelines.training.rows.splitting import split
from pipelines.training.rows.store import RowStore
from tests.support.fake_hub import hub_with

LINES = '{"text": "One.", "label": "a"}\n{"text": "Two.", "label": "b"}\n'
CSV = "text,label\nOne.,a\nTwo.,b\n"


@pytest.fixture
def store(settings) -> RowStore:
    return RowStore(settings)


def test_pasted_rows_are_kept_once_for_each_owner(store, settings):
    first = store.add_text(LINES, "ann", "Mine")
    assert (first.title, first.rows, first.columns, first.bytes) == ("Mine", 2, ("text", "label"), len(LINES))
    assert (first.format, first.task, first.roles) == (
        "text-label", "classify", {"text": "text", "label": "label"},
    )  # fmt: skip
    assert first.head.rows[1] == {"text": "Two.", "label": "b"} and first.head.numbers == (1, 2)
    assert store.add_text(LINES, "ann").id == first.id and store.add_text(LINES, "bob").id != first.id
    assert [info.id for info in store.list("ann")] == [first.id] and store.list("eve") == []
    assert store.describe(first.id) == first == RowStore(settings).describe(first.id)
    assert store.owner(first.id) == "ann" and store.table(first.id) == read(store.path(first.id))


def test_a_csv_may_be_pasted_or_uploaded(store, tmp_path):
    pasted = store.add_text(CSV, "ann")
    (tmp_path / "received").write_text(CSV)
    uploaded = store.add_file(tmp_path / "received", "../../my rows?.csv", "ann")
    assert uploaded == pasted and uploaded.head.rows[0] == {"text": "One.", "label": "a"}
    as_text = store.add_file(tmp_path / "received", "rows.txt", "ann")
    assert as_text.id != uploaded.id and as_text.format == "text"
    assert as_text.title == "rows.txt" and len(store.list("ann")) == 2
    (tmp_path / "received").write_text(CSV + "Three.,c\n")
    assert store.add_file(tmp_path / "received", "../../my rows?.csv", "ann").title == "my rows_.csv"


@pytest.mark.parametrize("packed", [False, True])
def test_a_big_file_is_read_by_another_process_and_the_same(store, tmp_path, packed):
    data = "".join(
        json.dumps({"text": f"Row {n}. " * 20, "label": n % 3}) + "\n" for n in range(3000)
    ).encode()
    (tmp_path / "received").write_bytes(gzip.compress(data) if packed else data)
    info = store.add_file(tmp_path / "received", "rows.jsonl" + (".gz" if packed else ""), "ann")
    assert (info.rows, info.format) == (3000, "text-label") and len(info.head.rows) == 40
    assert recognise(info.head, "classify").roles == info.roles


def test_parquet_is_read_by_another_process(store, tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"prompt": ["a", "b"], "completion": ["c", "d"]}), tmp_path / "rows.parquet")
    assert store.add_file(tmp_path / "rows.parquet", "rows.parquet", "ann").task == "instruct"


def test_rows_of_no_known_format_are_kept_for_their_columns_can_be_named(store):
    info = store.add_text('{"frage": "a", "antwort": "b"}\n{"frage": "c", "antwort": "d"}', "ann")
    assert (info.format, info.task, info.roles, info.columns) == ("", "", {}, ("frage", "antwort"))


def test_long_texts_are_cut_in_the_head(store):
    rows = [
        {"messages": [{"role": "user", "content": "é" * 5000}]},
        {"messages": [{"role": "user", "content": "\ud83d"}]},
    ]
    info = store.add_text("\n".join(map(json.dumps, rows)), "ann")
    cut = info.head.rows[0]["messages"][0]["content"]
    assert len(cut) == 1001 and cut.endswith("é…") and info.head.rows[1]["messages"][0]["content"] == "?"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"text", r"accepted are \.jsonl, \.json"),
        ("a.jsonl", LINES.encode() + b"{", r"Line 3 of a\.jsonl is not JSON"),
        ("a.csv", b"a,b\n", "0 rows"),
        ("a.json.gz", b"no", "damaged"),
        ("a.parquet", b"no", "not Parquet"),
        ("a.jsonl", b'{"text": "a"}\n{"prompt": "b"}', "mixes two formats"),
    ],
)
def test_a_bad_upload_leaves_nothing(store, settings, tmp_path, name, content, words):
    (tmp_path / "received").write_bytes(content)
    with pytest.raises(GlassworksError, match=words):
        store.add_file(tmp_path / "received", name, "ann")
    assert list((settings.home / "row-uploads").glob("*")) == []


def test_the_limits_are_named(home, tmp_path):
    store = RowStore(Settings(home=home, max_upload_mb=1))
    with pytest.raises(GlassworksError, match="larger than the 1 MB"):
        store.add_text(LINES * 20_000, "ann")
    (tmp_path / "bomb").write_bytes(gzip.compress(b'{"a": "' + b"a" * 20_000_000 + b'"}'))
    with pytest.raises(GlassworksError, match="unpacks to more than 2 MB"):
        store.add_file(tmp_path / "bomb", "bomb.jsonl.gz", "ann")


def test_a_file_called_as_the_stores_own_is_kept_beside_it(store, tmp_path):
    (tmp_path / "info.json").write_text('[{"text": "One."}, {"text": "Two."}]')
    info = store.add_file(tmp_path / "info.json", "info.json", "ann")
    assert store.describe(info.id) == info and store.table(info.id).rows[0] == {"text": "One."}


def test_an_upload_can_be_deleted_and_nothing_else(store):
    info = store.add_text(LINES, "ann")
    store.delete(info.id)
    assert store.list("ann") == []
    for gone in (store.delete, store.describe, store.owner, store.path):
        with pytest.raises(NotFoundError, match="upload the file again"):
            gone(info.id)
    with pytest.raises(SpecError, match="only uploads can be deleted"):
        store.delete("sample:reviews")


@pytest.mark.parametrize("name", ["", "sample", "/etc/passwd", "run:x", "path:", "hub:../x", "hub:a/b#text"])
def test_other_names_are_refused(store, name):
    with pytest.raises((SpecError, NotFoundError), match=r"dataset accepts 'upload:<id>'|no sample ''"):
        store.path(name)


@pytest.mark.parametrize(
    "name", ["upload:../../etc", "upload:" + "0" * 24, "sample:../stories", "path:/none.csv"]
)
def test_what_is_not_there(store, name):
    with pytest.raises(NotFoundError):
        store.path(name)


def test_files_of_the_owner_are_described_again_when_they_change(store, tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(CSV)
    assert (store.describe(f"path:{file}").rows, store.describe(f"path:{file}").title) == (2, "rows.csv")
    file.write_text(CSV + "Three.,a\n")
    assert store.describe(f"path:{file}").rows == 3 and store.owner(f"path:{file}") == ""


def test_the_samples_are_whole_and_have_no_row_twice(store):
    wanted = {
        "sample:conversations": ("messages", 30),
        "sample:reviews": ("text-label", 60),
        "sample:story-prompts": ("prompt-completion", 60),
    }
    samples = {info.id: info for info in store.samples()}
    assert set(wanted) <= set(samples)
    for name, (format, count) in wanted.items():
        info = samples[name]
        assert (info.format, info.rows) == (format, count)
        found = examples_of(store.table(name))
        assert len(found.examples) == count and not found.problems
        assert [len(side) for side in split(found.examples, 0.1, 0)] == [count - count // 10, count // 10]
    with pytest.raises(NotFoundError, match="there are sample:conversations, sample:reviews"):
        store.path("sample:none")


class Classes:
    """As ``datasets`` has a column of classes."""

    names = ("negative", "positive")
    int2str = None


class Streamed(list):
    features = {"text": object(), "label": Classes()}


def rows_there(monkeypatch, rows) -> None:
    monkeypatch.setattr(hub_rows, "_loaded", lambda _: rows)


def test_a_worker_fetches_once_and_the_page_never(monkeypatch, store, settings):
    rows_there(monkeypatch, Streamed({"text": f"Text {n}", "label": n % 2} for n in range(5)))
    name = "hub:owner/tales@train"
    assert (store.describe(name).rows, store.describe(name).title) == (0, "owner/tales@train on the Hub")
    with pytest.raises(NotFoundError, match="not on this machine yet"):
        store.path(name)
    file = store.fetch(name)
    rows_there(monkeypatch, None)
    assert store.fetch(name) == file == store.path(name)
    assert [row["label"] for row in store.table(name).rows] == ["negative", "positive"] * 2 + ["negative"]
    assert (store.describe(name).rows, store.describe(name).format) == (5, "text-label")


def test_a_fetch_stops_at_the_bound_and_one_that_is_ended_leaves_nothing(monkeypatch, home):
    small = RowStore(Settings(home=home, max_upload_mb=1))
    rows_there(monkeypatch, [{"text": f"{n} " + "x" * 100_000} for n in range(100)])
    small.fetch("hub:owner/long")
    assert small.describe("hub:owner/long").rows == 19

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        small.fetch("hub:owner/other", stop)
    rows_there(monkeypatch, [{"image": b"\x89PNG"}])
    with pytest.raises(GlassworksError, match="'image' holds bytes"):
        small.fetch("hub:owner/pictures")
    assert len(list((home / "hub-rows").iterdir())) == 1


FETCH = """
import json, sys
from pathlib import Path
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.training.rows.store import RowStore
store = RowStore(Settings(home=Path(sys.argv[1])))
store.fetch("hub:owner/tales")
print(json.dumps(store.table("hub:owner/tales").rows))
"""


@pytest.mark.slow
def test_rows_of_a_hub_on_loopback(tmp_path: Path):
    (tmp_path / "remote").mkdir()
    (tmp_path / "remote" / "train.jsonl").write_text(LINES)
    with hub_with(tmp_path / "remote", "owner/tales", "datasets") as server:
        env = {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "0", "HF_ENDPOINT": server.address}
        done = subprocess.run(
            [sys.executable, "-c", FETCH, str(tmp_path / "home")],
            cwd=REPOSITORY,
            env={**os.environ, **env},
            capture_output=True,
            text=True,
            timeout=240,
        )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [json.loads(line) for line in LINES.splitlines()]
