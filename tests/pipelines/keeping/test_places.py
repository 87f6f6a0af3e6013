"""A folder and a repository of the Hub are the same to whoever keeps something there."""

import os

import pytest

from pipelines.keeping import folder as folder_module
from pipelines.keeping.folder import FolderPlace
from pipelines.keeping.hub import HubPlace
from pipelines.keeping.source import PlaceError
from tests.support.hub_writing import READER

REPO = "anna/votes"
FILES = {"data/one.jsonl": b"1\n", "rounds/one.json": b"{}", "runs/a b/artifact/x[1].bin": bytes(range(256))}


@pytest.fixture(params=("folder", "dataset", "model"))
def place(request, tmp_path):
    if request.param == "folder":
        (tmp_path / "bucket").mkdir()
        return FolderPlace(tmp_path / "bucket")
    request.getfixturevalue("hub")
    return HubPlace(REPO, request.param, "# Votes\n")


def fetched(place, tmp_path, *names) -> dict[str, bytes]:
    into = tmp_path / f"into{len(list(tmp_path.iterdir()))}"
    into.mkdir()
    place.fetch(names, into)
    return {name: (into / name).read_bytes() for name in names}


def kept(place) -> set[str]:
    return set(place.names()) - {"README.md"}


def test_what_is_committed_is_there_and_what_is_taken_away_is_not(place, tmp_path):
    assert place.names() == []
    big = tmp_path / "big.safetensors"
    big.write_bytes(os.urandom(300_000))
    place.commit({**FILES, "runs/a b/artifact/big.safetensors": big, "gone.json": None}, "First")
    assert kept(place) == {*FILES, "runs/a b/artifact/big.safetensors"}
    assert fetched(place, tmp_path, *FILES) == FILES
    big_name = "runs/a b/artifact/big.safetensors"
    assert fetched(place, tmp_path, big_name) == {big_name: big.read_bytes()}
    place.commit({"data/one.jsonl": b"2\n", "rounds/one.json": None, "runs/a b/": None}, "Second")
    assert kept(place) == {"data/one.jsonl"}
    assert fetched(place, tmp_path, "data/one.jsonl") == {"data/one.jsonl": b"2\n"}
    place.commit({"rounds/one.json": None, "runs/a b/": None}, "Again")
    assert kept(place) == {"data/one.jsonl"}


def test_what_is_not_there_cannot_be_fetched(place, tmp_path):
    place.commit(FILES, "First")
    with pytest.raises(PlaceError, match="could not be read"):
        fetched(place, tmp_path, "data/one.jsonl", "data/two.jsonl")


def test_a_repository_is_made_private_with_its_card(hub):
    HubPlace(REPO, "dataset", "# Votes\n").commit(FILES, "First")
    assert hub.written.repos == {REPO: "private"} and hub.text(REPO, "README.md") == "# Votes\n"
    HubPlace(REPO, "dataset", "# Other\n").commit({"a.txt": b"a"}, "Second")
    assert hub.text(REPO, "README.md") == "# Votes\n" and hub.written.messages == ["First", "Second"]


@pytest.mark.parametrize(
    ("status", "headers", "words", "after"),
    [
        (429, {"Retry-After": "37"}, "the Hub asks to wait", 37),
        (429, {}, "the Hub asks to wait", 0),
        (503, {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, "answer is 503", 0),
        (500, {}, "answer is 500", 0),
        (403, {}, "HF_TOKEN needs the right to write", 0),
        (0, {}, "cannot be reached", 0),
    ],
)
def test_what_the_hub_has_against_it_is_said_in_words(hub, status, headers, words, after):
    place = HubPlace(REPO, "dataset", "# Votes\n")
    place.commit(FILES, "First")
    hub.fail(status, **headers)
    with pytest.raises(PlaceError, match=f"{REPO} could not be written: .*{words}") as caught:
        place.commit({"data/one.jsonl": b"2\n"}, "Second")
    assert caught.value.after == after
    assert hub.text(REPO, "data/one.jsonl") == "1\n"
    place.commit({"data/one.jsonl": b"2\n"}, "Second")
    assert hub.text(REPO, "data/one.jsonl") == "2\n"


def test_a_token_that_may_not_write_is_told_and_not_shown(hub, monkeypatch):
    place = HubPlace(REPO, "dataset", "# Votes\n")
    for token in (READER, "hf_unknown"):
        monkeypatch.setenv("HF_TOKEN", token)
        with pytest.raises(PlaceError, match="right to write") as caught:
            place.commit(FILES, "First")
        assert token not in str(caught.value)
    assert hub.written.files == {}


def test_a_hub_that_has_stopped_answering_is_given_up(hub, monkeypatch):
    monkeypatch.setattr("pipelines.keeping.hub._SECONDS", 0.2)
    place = HubPlace(REPO, "dataset", "# Votes\n")
    place.commit(FILES, "First")
    hub.slow = 2.0
    with pytest.raises(PlaceError, match="cannot be reached"):
        place.commit({"data/one.jsonl": b"2\n"}, "Second")


def test_a_mount_that_is_missing_is_no_place(tmp_path):
    place = FolderPlace(tmp_path / "bucket")
    for does in (place.names, lambda: place.commit(FILES, ""), lambda: place.fetch(["a"], tmp_path)):
        with pytest.raises(PlaceError, match="mount it"):
            does()
    assert not (tmp_path / "bucket").exists()


def test_a_folder_has_the_old_file_or_the_new_whatever_happens(tmp_path, monkeypatch):
    place = FolderPlace(tmp_path)
    place.commit({"data/one.jsonl": b"old"}, "")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as during:
        during.setattr(folder_module.os, "fsync", full)
        with pytest.raises(PlaceError, match="No space left"):
            place.commit({"data/one.jsonl": b"new"}, "")
    assert place.names() == ["data/one.jsonl"] and (tmp_path / "data/one.jsonl").read_bytes() == b"old"
    assert [one.name for one in (tmp_path / "data").iterdir()] == ["one.jsonl"], "nothing half is left"
