"""Files as they come in."""

import errno
import hashlib
import os

import pytest

from pipelines.core.ids import new_id
from pipelines.rag.indexing import incoming
from pipelines.rag.places import incoming_file


@pytest.fixture
def received(settings, tmp_path):
    """``received(("a.txt", b"…"), …)`` → what was kept and what was refused, in one collection."""
    collection = new_id()

    def receive(*files):
        paths = []
        for number, (name, data) in enumerate(files):
            (tmp_path / str(number)).write_bytes(data)
            paths.append((tmp_path / str(number), name))
        return incoming.received(settings, collection, paths)

    receive.folder = settings.rag / collection / "incoming"
    receive.collection = collection
    return receive


def test_a_file_is_copied_hashed_and_named(received, settings, tmp_path):
    ((one,), refused) = received(("../../etc/Tides and moons.MD", b"# Tides"))
    assert (one.name, one.kind, one.bytes) == ("Tides and moons.MD", "markdown", 7) and not refused
    assert one.content_hash == hashlib.blake2b(b"# Tides", digest_size=16).hexdigest()
    assert one.content_hash == incoming.file_hash(tmp_path / "0")
    assert incoming_file(settings, received.collection, one.id).read_bytes() == b"# Tides"
    assert [file.name for file in received.folder.iterdir()] == [one.id]
    incoming.remove(settings, received.collection, [one.id])
    assert not settings.rag.joinpath(received.collection).exists()


def test_of_one_name_the_same_bytes_are_one_and_others_are_numbered(received):
    kept, _ = received(("a.md", b"1"), ("x/a.md", b"2"), ("a.md", b"1"), ("y/a.md", b"2"), ("a.md", b"3"))
    assert [one.name for one in kept] == ["a.md", "a (2).md", "a (3).md"]
    assert len(list(received.folder.iterdir())) == 3


def test_files_that_are_not_accepted_leave_nothing(received, settings):
    settings.max_upload_mb = 1
    kept, refused = received(("a.exe", b"MZ"), ("b.txt", b"x" * 1_000_001), ("", b"x"), ("c.txt", b"ok"))
    assert [one.name for one in kept] == ["c.txt"]
    assert [name for name, _ in refused] == ["a.exe", "b.txt", "A file"]
    assert "accepted are PDF" in refused[0][1] and "b.txt: it is larger than the 1 MB" in refused[1][1]
    assert len(list(received.folder.iterdir())) == 1


def test_a_full_disk_leaves_nothing_of_any_file(received, monkeypatch):
    calls = []

    def filled(file):
        calls.append(file)
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", filled)
    with pytest.raises(OSError, match="No space"):
        received(("a.txt", b"1"), ("b.txt", b"2"))
    assert not received.folder.exists()


@pytest.mark.parametrize(
    ("name", "becomes"),
    [("notes", "notes.txt"), ("notes.md", "notes.md"), (" a  b ", "a b.txt"), ("", "Pasted text.txt"),
     ("../x", "x.txt"), ("v1.2", "v1.2.txt")],
)  # fmt: skip
def test_what_a_pasted_text_is_called(name, becomes):
    assert incoming.text_name(name) == becomes
