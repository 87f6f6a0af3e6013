"""Uploads of any kind: an id from owner, kind and content; a refused file leaves nothing."""

from pathlib import Path

import pytest

from pipelines.common.bounded import BadFileError
from pipelines.core.errors import GlassworksError, NotFoundError
from pipelines.training.uploads import Uploads, first_words, safe_name


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "kept", 10, BadFileError, "thing")


def size(file: Path) -> dict:
    return {"size": file.stat().st_size}


def test_the_same_bytes_are_described_once(uploads):
    first = uploads.keep(iter([b"ab", b"c"]), "a.txt", "ann", "Title", size)
    again = uploads.keep(iter([b"abc"]), "b.txt", "ann", "Other", lambda _: pytest.fail("described twice"))
    assert again == first and uploads.file(first).read_bytes() == b"abc"
    info = uploads.info(first)
    assert (info["owner"], info["title"], info["description"]) == ("ann", "Title", {"size": 3})
    bobs = uploads.keep(iter([b"abc"]), "a.txt", "bob", "", size)
    other = uploads.keep(iter([b"abc"]), "a.csv", "ann", "", size, ".csv")
    assert uploads.of("bob") == [bobs] and uploads.of("ann") == [other, first] and bobs not in (other, first)


def test_what_is_refused_leaves_nothing(uploads, tmp_path):
    def refuse(_: Path) -> dict:
        raise BadFileError("no")

    with pytest.raises(BadFileError, match="no"):
        uploads.keep(iter([b"abc"]), "a.txt", "ann", "", refuse)
    with pytest.raises(BadFileError, match="The thing is larger than the 0 MB accepted here"):
        uploads.keep(iter([b"a" * 6, b"b" * 6]), "a.txt", "ann", "", size)
    assert list((tmp_path / "kept").iterdir()) == [] and uploads.of("ann") == []


def test_what_is_deleted_is_gone(uploads, tmp_path):
    id_ = uploads.keep(iter([b"abc"]), "a.txt", "ann", "", size)
    uploads.delete(id_)
    assert list((tmp_path / "kept").iterdir()) == []
    for name in (id_, "..", "../kept", ""):
        with pytest.raises(NotFoundError, match="upload the thing again"):
            uploads.folder(name)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("a.txt", "a.txt"),
        ("../../x/a?.txt", "a_.txt"),
        ("C:\\docs\\a.TXT", "a.TXT"),
        ("..txt", None),
        ("info.json", "_info.json"),
        ("x" * 200 + ".txt", "x" * 76 + ".txt"),
        ("a.pdf", None),
    ],
)
def test_names_are_made_safe(given, name):
    if name is None:
        with pytest.raises(GlassworksError, match="accepted are text"):
            safe_name(given, (".txt", ".json"), "text")
    else:
        assert safe_name(given, (".txt", ".json"), "text") == name


def test_a_title_of_a_text():
    assert first_words("One\n two ") == "One two"
    assert len(first_words("word " * 100)) == 40
