"""The store of uploads: kept once for each owner, bounded, described, refused without a trace when bad."""

import gzip
import subprocess
import sys

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError, SpecError
from pipelines.core.settings import REPOSITORY, Settings
from pipelines.training.corpora import CorpusStore
from pipelines.training.corpus import documents


@pytest.fixture
def store(settings) -> CorpusStore:
    return CorpusStore(settings)


def test_pasted_text_is_kept_once_for_each_owner(store, settings):
    first = store.add_text("One.<|endoftext|>Two.", "ann")
    assert (first.documents, first.characters, first.preview) == (2, 8, ("One.", "Two."))
    assert store.add_text("One.<|endoftext|>Two.", "ann", "again").id == first.id
    assert store.add_text("One.<|endoftext|>Two.", "bob").id != first.id
    assert [i.id for i in store.list("ann")] == [first.id] and store.list("eve") == []
    assert list(documents(store.path(first.id))) == ["One.", "Two."]
    assert store.describe(first.id) == first
    assert not list(settings.uploads.glob(".incoming*"))


@pytest.mark.parametrize("packed", [False, True])
def test_a_big_file_is_described_by_another_process_and_the_same(store, tmp_path, packed):
    text = "\n\n".join(f"Paragraph number {i}. " * 40 for i in range(500)).encode()
    file = tmp_path / "received"
    file.write_bytes(gzip.compress(text) if packed else text)
    info = store.add_file(file, "../../stories.txt" + (".gz" if packed else ""), "ann")
    assert info.documents == len(list(documents(store.path(info.id)))) > 100
    assert (
        info.title.startswith("stories.txt") and store.path(info.id).parent.parent == store._settings.uploads
    )


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.pdf", b"text", "accepted are .txt, .md or .jsonl"),
        ("a.txt", b"", "holds no text"),
        ("a.txt", b"\0\1", "not a text file"),
        ("a.txt.gz", b"no", "damaged"),
        ("a.jsonl", b"{", "Line 1 of a.jsonl"),
    ],
)
def test_a_bad_upload_leaves_nothing(store, settings, tmp_path, name, content, words):
    file = tmp_path / "received"
    file.write_bytes(content)
    with pytest.raises(GlassworksError, match=words):
        store.add_file(file, name, "ann")
    assert list(settings.uploads.iterdir()) == []


def test_the_limit_is_named(home, tmp_path):
    store = CorpusStore(Settings(home=home, max_upload_mb=1))
    with pytest.raises(GlassworksError, match="larger than the 1 MB"):
        store.add_text("word " * 300_000, "ann")
    bomb = tmp_path / "bomb"
    bomb.write_bytes(gzip.compress(b"a" * 20_000_000))
    with pytest.raises(GlassworksError, match="unpacks to more than 10 MB"):
        store.add_file(bomb, "bomb.txt.gz", "ann")


def test_files_of_the_owner(store, corpus, stories):
    info = store.describe(f"path:{corpus}")
    assert (info.documents, info.title) == (len(stories), corpus.name)
    with pytest.raises(NotFoundError):
        store.describe(f"path:{corpus}.gone")


@pytest.mark.parametrize("name", ["upload:../../etc", "upload:", "upload:" + "0" * 24])
def test_unknown_uploads(store, name):
    with pytest.raises(NotFoundError, match="upload the text again"):
        store.path(name)


def test_other_names_are_refused(store):
    with pytest.raises(SpecError, match="'sample', 'upload:<id>'"):
        store.describe("/etc/passwd")


def test_a_missing_sample_is_said(store, monkeypatch, tmp_path):
    monkeypatch.setattr(Settings, "samples", tmp_path / "none")
    with pytest.raises(NotFoundError, match="paste or upload"):
        store.path("sample")


def test_the_sample_is_found(store, monkeypatch, tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"A story.<|endoftext|>Another."))
    monkeypatch.setattr(Settings, "samples", tmp_path)
    assert store.describe("sample").documents == 2


def test_no_torch_comes_in():
    code = (
        "import sys, pipelines.training.estimate, pipelines.training.corpora; print('torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True)
    assert done.stdout.strip() == "False", done.stderr
