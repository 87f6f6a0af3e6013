import pytest

from pipelines.core.errors import NotFoundError
from pipelines.core.ids import new_id
from pipelines.rag.places import (
    LESSONS,
    collection_folder,
    disk_bytes,
    incoming_file,
    marks_file,
    read_text,
    remove_file,
    sweep_files,
    text_file,
    write_text,
)

ODD = ["..", "../x", "/etc/passwd", "", "a" * 12 + "/", "lessons/..", "ABCDEFGHJKMN", None, 7]


@pytest.mark.parametrize("id_", ODD)
def test_what_is_no_id_reaches_no_path(settings, id_):
    for make in (
        lambda: collection_folder(settings, id_),
        lambda: incoming_file(settings, LESSONS, id_),
        lambda: text_file(settings, LESSONS, id_, 1),
        lambda: text_file(settings, id_, new_id(), 1),
        lambda: marks_file(settings, LESSONS, id_, 1),
    ):
        with pytest.raises(NotFoundError):
            make()


def test_a_text_is_read_as_it_was_written(settings):
    file = text_file(settings, new_id(), new_id(), 3)
    for text in ("one\r\ntwo\rthree\n", "日本語 🦀", ""):
        write_text(file, text)
        assert read_text(file) == text
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_file_goes_with_the_folders_that_are_empty_then(settings):
    collection = new_id()
    one, two = (text_file(settings, collection, new_id(), 1) for _ in range(2))
    for file in (one, two):
        write_text(file, "x" * 10_000)
    assert disk_bytes(settings.rag) >= 20_000
    remove_file(one)
    assert two.exists()
    remove_file(two)
    remove_file(two)
    assert not collection_folder(settings, collection).exists() and disk_bytes(settings.rag) == 0


def test_texts_and_their_marks_are_swept_together(settings):
    collection, kept, gone = new_id(), new_id(), new_id()
    for document in (kept, gone):
        for file in (text_file, marks_file):
            write_text(file(settings, collection, document, 2), "[]")
    sweep_files(settings, collection, {f"{kept}.2.txt"}, ())
    left = sorted(path.name for path in collection_folder(settings, collection).rglob("*.*"))
    assert left == [f"{kept}.2.json", f"{kept}.2.txt"]
