"""Files as they come in: named, bounded, hashed and kept until they are read. Torch-free."""

import hashlib
import os
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path, PurePosixPath

from pipelines.core.errors import GlassworksError
from pipelines.core.ids import new_id
from pipelines.core.settings import Settings
from pipelines.rag.documents.kinds import kind_of, safe_name
from pipelines.rag.documents.normal import one_line
from pipelines.rag.indexing.additions import Incoming
from pipelines.rag.places import incoming_file, remove_file

_BLOCK = 1 << 20
_HASH_BYTES = 16


def received(
    settings: Settings, collection: str, files: Sequence[tuple[Path, str]]
) -> tuple[list[Incoming], list[tuple[str, str]]]:
    """Copies of the files under names of their own, and (name, why not) of those that are not accepted. Two
    different files of one name are two documents: the second is called ``name (2)``. A fault leaves nothing
    behind."""
    kept: list[Incoming] = []
    refused: list[tuple[str, str]] = []
    seen: set[tuple[str, str]] = set()
    try:
        for path, name in files:
            try:
                one = received_as(settings, collection, path, safe_name(name))
            except GlassworksError as error:
                refused.append((_shown(name), str(error)))
                continue
            if (one.name, one.content_hash) in seen:
                remove_file(incoming_file(settings, collection, one.id))
                continue
            seen.add((one.name, one.content_hash))
            kept.append(_renamed(one, {other.name for other in kept}))
    except BaseException:
        remove(settings, collection, (one.id for one in kept))
        raise
    return kept, refused


def remove(settings: Settings, collection: str, items: Iterable[str]) -> None:
    for item in items:
        remove_file(incoming_file(settings, collection, item))


def sweep(settings: Settings, needed: Callable[[str], Container[str]], before: float) -> None:
    """Remove what was received before that moment and never queued: a kill came between. ``needed`` gives the
    items of a collection that wait."""
    for file in settings.rag.glob("*/incoming/*"):
        if file.stat().st_mtime < before and file.name not in needed(file.parent.parent.name):
            remove_file(file)


def text_name(name: str) -> str:
    """What a pasted text is called: with an end that says how it is read, ``.txt`` unless it has one."""
    name = " ".join(str(name).split()) or "Pasted text"
    try:
        kind_of(name)
    except GlassworksError:
        name = f"{name}.txt"
    return safe_name(name)


def file_hash(path: Path) -> str:
    """Of the bytes, as every document's ``content_hash`` is."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=_HASH_BYTES)).hexdigest()


def received_as(settings: Settings, collection: str, path: Path, name: str) -> Incoming:
    """A copy of the file, under the name as it is. Raises GlassworksError for one that is too large or of no
    accepted type."""
    item, digest, size = new_id(), hashlib.blake2b(digest_size=_HASH_BYTES), 0
    place = incoming_file(settings, collection, item)
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with place.open("wb") as out:
            for block in _blocks(path):
                size += len(block)
                if size > settings.max_upload_mb * 1_000_000:
                    most = f"{settings.max_upload_mb:,} MB"
                    raise GlassworksError(f"{name}: it is larger than the {most} accepted here; split it.")
                digest.update(block)
                out.write(block)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        remove_file(place)
        raise
    return Incoming(item, name, kind_of(name), size, digest.hexdigest())


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block


def _renamed(one: Incoming, taken: set[str]) -> Incoming:
    path, number, name = PurePosixPath(one.name), 1, one.name
    while name in taken:
        number += 1
        name = f"{path.stem} ({number}){path.suffix}"
    return Incoming(one.id, name, one.kind, one.bytes, one.content_hash)


def _shown(name: str) -> str:
    return one_line(str(name).replace("\\", "/").rpartition("/")[2], 80) or "A file"
