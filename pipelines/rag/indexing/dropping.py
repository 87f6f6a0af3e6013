"""Revisions taken away: the text, then vectors, their rows last. Broken off anywhere, what is left can be
found in the database and goes the next time."""

from collections.abc import Iterator
from typing import Any

from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.places import marks_file, remove_file, text_file

_AT_ONCE = 200


def dropped(library: Any, collection: str, document: str, revision: int) -> Iterator[Any]:
    """Yields a step after each batch; returns whether there was anything. A vector that another revision of
    the document has too stays."""
    revisions, some = Revisions(library.store.database), False
    for file in (text_file, marks_file):
        remove_file(file(library.settings, collection, document, revision))
    while True:
        ids, lone = revisions.drop_some(document, revision, _AT_ONCE)
        if not ids:
            break
        if lone:
            library.vectors.remove(collection, lone)
        revisions.dropped(document, revision, ids)
        some = True
        yield None
    return some


def left_over_dropped(library: Any, collection: str) -> Iterator[Any]:
    """What an interrupted work has left goes: every revision that is neither searched nor at work."""
    for document, revision in Revisions(library.store.database).left_over(collection):
        yield from dropped(library, collection, document, revision)
