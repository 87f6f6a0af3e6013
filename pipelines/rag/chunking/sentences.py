"""Whole sentences, as many as fit."""

from collections.abc import Iterator

from pipelines.rag.chunking.boundaries import sentences, tokens, words
from pipelines.rag.chunking.dividing import divided
from pipelines.rag.chunking.ground import Atom, Ground


def sentence_atoms(ground: Ground) -> Iterator[Atom | None]:
    """A sentence that is longer than a chunk is cut between its words, and shares no chunk with others."""
    return divided(ground, *ground.whole, (sentences, words, tokens))
