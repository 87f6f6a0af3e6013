"""A document cut into chunks, by any of the five chunkers, in small steps."""

from collections.abc import Iterator

from pipelines.rag.chunking.boundaries import lines, sentences, words
from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.finishing import finished
from pipelines.rag.chunking.fixed import fixed_atoms
from pipelines.rag.chunking.ground import Atom, Ground, prepared
from pipelines.rag.chunking.headings import heading_atoms
from pipelines.rag.chunking.outline import Outline, Pages, outlined
from pipelines.rag.chunking.packing import Overlap, packed
from pipelines.rag.chunking.recursive import recursive_atoms
from pipelines.rag.chunking.semantic import Embed, semantic_atoms
from pipelines.rag.chunking.sentences import sentence_atoms
from pipelines.rag.chunking.sizes import capped_overlap, capped_size
from pipelines.rag.documents.document import Document
from pipelines.rag.specs import ChunkSpec

_OVERLAP_BEGINS = {"fixed": (words,), "sentences": (sentences,)}  # else wherever it is best


def cut(
    document: Document, spec: ChunkSpec, counter: Counter, embed: Embed | None = None
) -> Iterator[Chunk | None]:
    """Chunks in the order of the document, None for a step without one. Every character that is no space is
    in one; none has more tokens than :func:`capped_size` says, except a single character that has. ``embed``
    is for the semantic chunker; see :func:`semantic_atoms`."""
    size = capped_size(spec, counter.limit)
    ground = yield from prepared(document, counter, size)
    outline = yield from outlined(document)
    overlap = Overlap(
        capped_overlap(spec, counter.limit), _OVERLAP_BEGINS.get(spec.method, (sentences, lines, words))
    )
    chunks = packed(_atoms(spec, ground, outline, embed), ground, overlap)
    heading = outline.over if spec.method == "headings" else lambda own, end: outline.at(own)
    yield from finished(chunks, ground, counter, heading, Pages(document))


def _atoms(spec: ChunkSpec, ground: Ground, outline: Outline, embed: Embed | None) -> Iterator[Atom | None]:
    if spec.method == "semantic":
        if embed is None:
            raise ValueError("the semantic chunker needs embed")
        return semantic_atoms(ground, embed, spec.percentile)
    if spec.method == "headings":
        return heading_atoms(ground, outline)
    plain = {"fixed": fixed_atoms, "sentences": sentence_atoms, "recursive": recursive_atoms}
    return plain[spec.method](ground)
