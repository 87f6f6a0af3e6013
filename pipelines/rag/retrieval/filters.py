"""Which chunks a search may find: documents by name, kind, headings, pages → ids. Pure."""

from collections.abc import Iterable, Sequence

from pipelines.core.errors import SpecError
from pipelines.rag.records import StoredChunk, StoredDocument
from pipelines.rag.specs import SearchSpec, page_range

_NAMED = 8  # documents that a message names


def is_narrow(spec: SearchSpec) -> bool:
    """Whether the settings leave anything out at all."""
    return bool(spec.documents or spec.kinds or spec.heading.strip() or spec.pages)


def documents_of(documents: Sequence[StoredDocument], spec: SearchSpec) -> list[StoredDocument]:
    """Those that ``documents`` (names or ids; none means all) and ``kinds`` leave. Raises :class:`SpecError`
    for a name that there is not."""
    known = {name for document in documents for name in (document.id, document.name)}
    unknown = next((name for name in spec.documents if name not in known), None)
    if unknown is not None:
        raise SpecError("documents", unknown, _there(documents))
    wanted = set(spec.documents)
    return [
        one
        for one in documents
        if (not wanted or one.id in wanted or one.name in wanted)
        and (not spec.kinds or one.kind in spec.kinds)
    ]


def chunks_of(chunks: Iterable[StoredChunk], spec: SearchSpec) -> frozenset[str]:
    """The ids of those that stand under a heading with all the words of ``heading``, on one of ``pages``."""
    words = spec.heading.casefold().split()
    first, last = page_range(spec.pages) if spec.pages else (0, 0)
    return frozenset(
        chunk.id
        for chunk in chunks
        if all(word in chunk.heading.casefold() for word in words)
        and (not spec.pages or first <= chunk.page <= last)
    )


def _there(documents: Sequence[StoredDocument]) -> str:
    names = [document.name for document in documents]
    if not names:
        return "nothing: there is no document in this collection"
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"names or ids of documents in this collection: {', '.join(names[:_NAMED])}{more}"
