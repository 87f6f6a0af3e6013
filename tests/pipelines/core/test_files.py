"""A reader sees the old text or the new; what is missing or damaged reads as the default."""

import os
import threading

import pytest

from pipelines.core.files import link_or_copy, read_json, write_atomic, write_json


def test_round_trip(tmp_path):
    value = {"a": [1, 2.5, None, "ü – 漢"], "b": {"c": True}}
    write_json(tmp_path / "x", value)
    assert read_json(tmp_path / "x") == value
    assert [p.name for p in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": 1', b"\xff\xfe\x00", b"nothing"])
def test_damage_reads_as_the_default(tmp_path, content):
    (tmp_path / "x").write_bytes(content)
    assert read_json(tmp_path / "x", "default") == "default"


def test_absence_reads_as_the_default(tmp_path):
    assert read_json(tmp_path / "none", 7) == 7


def test_a_reader_never_sees_half(tmp_path):
    path, texts = tmp_path / "x", {"a" * 200_000, "b" * 100_000}
    write_atomic(path, "a" * 200_000)
    done = threading.Event()

    def write():
        for _ in range(50):
            for text in texts:
                write_atomic(path, text)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(path.read_text())
    writer.join()
    assert seen <= texts


def test_a_failed_write_keeps_the_old_text(tmp_path, monkeypatch):
    write_atomic(tmp_path / "x", "old")

    def refuse(*_):
        raise OSError("no")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        write_atomic(tmp_path / "x", "new")
    assert (tmp_path / "x").read_text() == "old"


def test_a_second_name_takes_no_room_and_a_disk_without_them_a_copy(tmp_path, monkeypatch):
    first = tmp_path / "first"
    first.write_text("told")
    link_or_copy(first, tmp_path / "linked")
    assert (tmp_path / "linked").stat().st_ino == first.stat().st_ino

    def refuses(*_):
        raise OSError("no links here")

    monkeypatch.setattr(os, "link", refuses)
    link_or_copy(first, tmp_path / "copied")
    assert (tmp_path / "copied").read_text() == "told"
    assert (tmp_path / "copied").stat().st_ino != first.stat().st_ino
