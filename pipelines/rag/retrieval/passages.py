"""Ids of chunks → what stands there."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from pipelines.core.errors import NotFoundError
from pipelines.rag.records import Collection, StoredChunk
from pipelines.rag.requests import Passage

_KEPT = 8  # facts of collections that are kept for a library
_KNOWN: "WeakKeyDictionary[Any, OrderedDict[Any, Any]]" = WeakKeyDictionary()


def passages_of(library: Any, collection: Collection, ids: Sequence[str]) -> dict[str, Passage]:
    """Those of the chunks that can be searched, in the order of ``ids``."""
    if not ids:
        return {}
    rows = library.store.chunks(ids)
    names = document_names(library, collection)
    found = (_passage(library, collection.id, rows[one], names) for one in ids if one in rows)
    return {passage.id: passage for passage in found if passage is not None}


def document_names(library: Any, collection: Collection) -> dict[str, str]:
    """Document id → the name that its visitor gave it."""
    rows = library.store.documents
    return remembered(
        library, ("names", collection.id, collection.version),
        lambda: {one.id: one.name for one in rows(collection.id)},
    )  # fmt: skip


def remembered(library: Any, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
    """What ``make`` gives, kept for the next search. ``key`` has the collection's version, so that nothing
    old is taken for new."""
    known = _KNOWN.setdefault(library, OrderedDict())
    if key not in known:
        known[key] = make()
        while len(known) > _KEPT:
            known.popitem(last=False)
    known.move_to_end(key)
    return known[key]


def _passage(library: Any, collection: str, chunk: StoredChunk, names: dict[str, str]) -> Passage | None:
    try:
        text = library.text(collection, chunk.document)
    except NotFoundError:  # deleted a moment ago
        return None
    return Passage(
        id=chunk.id,
        document=chunk.document,
        name=names.get(chunk.document, ""),
        position=chunk.position,
        start=chunk.start,
        end=chunk.end,
        text=text[chunk.start : chunk.end],
        heading=chunk.heading,
        page=chunk.page,
        tokens=chunk.tokens,
    )
