"""Fixed size: as many words as fit, wherever that ends. What the other chunkers are measured against."""

from collections.abc import Iterator

from pipelines.rag.chunking.boundaries import tokens, words
from pipelines.rag.chunking.dividing import divided
from pipelines.rag.chunking.ground import Atom, Ground


def fixed_atoms(ground: Ground) -> Iterator[Atom | None]:
    """Words; a word that is longer than a chunk in tokens."""
    return divided(ground, *ground.whole, (words, tokens))
