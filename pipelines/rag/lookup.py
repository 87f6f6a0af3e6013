"""A collection's word index for other processes than the retrieval worker: read from the disk, never changed.

Vectors belong to that worker alone, so this finds by BM25.
"""

from collections.abc import Callable

from pipelines.core.database import Database
from pipelines.core.settings import Settings
from pipelines.rag.index.lexical import Lexical
from pipelines.rag.places import read_text, text_file
from pipelines.rag.store import RagStore

Lookup = Callable[[str, int], list[tuple[str, str, float]]]


def searching(collection: str, settings: Settings) -> Lookup:
    """``search(query, k)`` → at most ``k`` of (document's name, passage, BM25 score), the best first. Raises
    NotFoundError for a collection that is not there. Who may read it was asked before."""
    store, lexical = RagStore(Database(settings.url)), Lexical(settings)
    id_ = store.collection(collection).id

    def search(query: str, k: int) -> list[tuple[str, str, float]]:
        found = dict(zip(*lexical.search(id_, query, k), strict=True))
        chunks = store.chunks(found)
        names = {document.id: document.name for document in store.documents(id_)}
        passages = []
        for one, score in found.items():
            if chunk := chunks.get(one):  # else it is gone since the index was made
                file = text_file(settings, id_, chunk.document, store.revision(chunk.document))
                text = read_text(file)[chunk.start : chunk.end]
                passages.append((names[chunk.document], text, float(score)))
        return passages

    return search
