"""What is marked as deleted goes: out of the vectors, the word index, the files and at last the rows, whose
marks say what is left to do after a kill."""

from collections.abc import Iterator
from typing import Any

from pipelines.rag.answers import Removed
from pipelines.rag.collections import Collections
from pipelines.rag.indexing.additions import Additions
from pipelines.rag.indexing.dropping import left_over_dropped
from pipelines.rag.indexing.publishing import published
from pipelines.rag.indexing.revisions import Revisions
from pipelines.rag.places import collection_folder, disk_bytes, remove_folder, sweep_files


def removed(collection: str, library: Any) -> Iterator[Any]:
    """Yields steps, then Removed. Nothing for a collection that is gone."""
    collections = Collections(library.store.database)
    marked = collections.is_marked(collection)
    if marked is None:
        return
    before = _bytes(library, collection)
    yield from (_whole if marked else _parts)(collection, library, collections)
    library.vectors.sweep()
    yield Removed(max(0, before - _bytes(library, collection)))


def _whole(collection: str, library: Any, collections: Collections) -> Iterator[Any]:
    documents = [document for document, _ in Revisions(library.store.database).left_over(collection)]
    library.vectors.drop(collection)
    yield None
    library.lexical.drop(collection)
    remove_folder(library.settings, collection)
    for document in documents:
        library.forget(document)
        collections.forget_chunks(document)
        yield None
    collections.forget(collection)


def _parts(collection: str, library: Any, collections: Collections) -> Iterator[Any]:
    """Documents that are marked, and whatever an interrupted work has left."""
    revisions = Revisions(library.store.database)
    marked = revisions.marked(collection)
    yield from left_over_dropped(library, collection)
    yield from library.vectors.compact(collection)
    yield from published(library, collection, [])
    for document in marked:
        library.forget(document)
    collections.forget_documents(marked)
    additions = Additions(library.store.database)
    texts = {f"{document}.{revision}.txt" for document, revision in revisions.in_use(collection)}
    sweep_files(library.settings, collection, texts, additions.files_needed(collection))


def _bytes(library: Any, collection: str) -> int:
    folders = (collection_folder(library.settings, collection), library.settings.home / "chroma")
    return sum(map(disk_bytes, folders))
