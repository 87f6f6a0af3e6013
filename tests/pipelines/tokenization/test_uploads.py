"""Tokenizer files of visitors: kept whole, once for each owner, found by their id alone."""

import threading

import pytest

from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.core.settings import Settings
from pipelines.tokenization.uploads import MAX_MB, TokenizerUploads


@pytest.fixture
def uploads(tmp_path):
    return TokenizerUploads(Settings(home=tmp_path / "home"))


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sent.json"
    path.write_bytes(b'{"a": 1}')
    return path


def test_a_file_is_kept_under_its_owner_and_name(uploads, file):
    kept = uploads.add(file, "my tokenizer.json", "ann")
    assert kept.title == "my tokenizer.json" and kept.owner == "ann"
    assert uploads.path(kept.name).read_bytes() == file.read_bytes()
    assert [u.name for u in uploads.list("ann")] == [kept.name] and uploads.list("bob") == []


def test_the_same_file_is_kept_once_for_each_owner(uploads, file):
    one, again = uploads.add(file, "a.json", "ann"), uploads.add(file, "b.json", "ann")
    other = uploads.add(file, "a.json", "bob")
    assert one.name == again.name != other.name and len(uploads.list("ann")) == 1


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a\\b\\c.model", "..", "", "info.json", ".hidden", "é\x00"]
)
def test_a_file_s_name_stays_inside_its_folder(uploads, file, name):
    path = uploads.path(uploads.add(file, name, "ann").name)
    assert path.parent.parent == uploads._folder and path.read_bytes() == file.read_bytes()


@pytest.mark.parametrize("name", ["upload:", "upload:../../x", "upload:" + "0" * 24, "upload:" + "g" * 24])
def test_what_was_never_uploaded_is_not_found(uploads, name):
    with pytest.raises(NotFoundError):
        uploads.path(name)


@pytest.mark.parametrize("size", [0, MAX_MB * 1_000_000 + 1])
def test_empty_and_enormous_files_are_refused(uploads, tmp_path, size):
    path = tmp_path / "odd"
    with path.open("wb") as out:
        out.truncate(size)
    with pytest.raises(GlassworksError, match=f"{MAX_MB} MB"):
        uploads.add(path, "odd.json", "ann")
    assert uploads.list("ann") == []


def test_the_same_file_from_many_at_once(uploads, file):
    found = []
    threads = [threading.Thread(target=lambda: found.append(uploads.add(file, "a", "ann"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({one.name for one in found}) == 1 and len(found) == 8
    assert not list(uploads._folder.glob(".incoming-*"))


def test_a_removed_one_is_gone(uploads, file):
    name = uploads.add(file, "a.json", "ann").name
    uploads.remove(name)
    with pytest.raises(NotFoundError):
        uploads.find(name)
