"""Where a collection's files lie: ``rag/<collection>/`` with ``incoming/`` (files that are not read yet),
``texts/`` and ``marks/`` (what was read, a file each for a revision of a document) and ``bm25/``. No id
reaches a path unchecked.
"""

import os
import shutil
from collections.abc import Container
from pathlib import Path

from pipelines.core.errors import NotFoundError
from pipelines.core.ids import is_id
from pipelines.core.settings import Settings

LESSONS = "lessons"  # the id of the collection that comes with the app


def collection_folder(settings: Settings, collection: str) -> Path:
    if collection != LESSONS and not is_id(collection):
        raise NotFoundError("There is no such collection.")
    return settings.rag / collection


def incoming_file(settings: Settings, collection: str, item: str) -> Path:
    """The bytes of a document that waits to be read."""
    return collection_folder(settings, collection) / "incoming" / _checked(item)


def text_file(settings: Settings, collection: str, document: str, revision: int) -> Path:
    """The text of one revision of a document: UTF-8, whose characters the chunks' offsets count."""
    return collection_folder(settings, collection) / "texts" / f"{_checked(document)}.{int(revision)}.txt"


def marks_file(settings: Settings, collection: str, document: str, revision: int) -> Path:
    """The marks on that text, for a look at how it may be cut."""
    return collection_folder(settings, collection) / "marks" / f"{_checked(document)}.{int(revision)}.json"


def write_text(file: Path, text: str) -> None:
    """All of it or nothing, and on the disk when this returns: the row that names it is written next."""
    file.parent.mkdir(parents=True, exist_ok=True)
    beside = file.with_name(f".{file.name}.tmp")
    try:
        with beside.open("wb") as out:
            out.write(text.encode("utf-8"))
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, file)
    finally:
        beside.unlink(missing_ok=True)


def read_text(file: Path) -> str:
    """As it was written: line ends are left as they are."""
    return file.read_bytes().decode("utf-8")


def remove_file(file: Path) -> None:
    """With the folders above it that are empty then, up to the collection's own."""
    file.unlink(missing_ok=True)
    for folder in (file.parent, file.parent.parent):
        try:
            folder.rmdir()
        except OSError:
            return


def remove_folder(settings: Settings, collection: str) -> None:
    shutil.rmtree(collection_folder(settings, collection), ignore_errors=True)


def sweep_files(settings: Settings, collection: str, texts: Container[str], items: Container[str]) -> None:
    """Remove the texts and incoming files that are not among these."""
    folder = collection_folder(settings, collection)
    for place, wanted in ((folder / "texts", texts), (folder / "incoming", items)):
        for file in place.glob("*"):
            if file.name not in wanted:
                remove_file(file)
    for file in (folder / "marks").glob("*"):
        if f"{file.stem}.txt" not in texts:
            remove_file(file)


def disk_bytes(folder: Path) -> int:
    """What the files below take on the disk, in whole blocks as ``du`` counts them."""
    total = 0
    for parent, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(parent) / name).lstat().st_blocks * 512
            except OSError:
                continue
    return total


def _checked(name: str) -> str:
    if not is_id(name):
        raise NotFoundError("There is no such document.")
    return name
