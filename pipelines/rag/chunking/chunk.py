"""A piece of a document, by its characters. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Chunk:
    """Characters ``start`` to ``end`` of the document's text, the first ``overlap`` of which the chunk before
    has too. ``tokens`` are of the embedding model, without its special ones. ``heading`` is the path of
    headings that it stands under, `` › `` between them; ``page`` that of its first own character, 0 for
    none."""

    start: int
    end: int
    tokens: int
    overlap: int = 0
    heading: str = ""
    page: int = 0
