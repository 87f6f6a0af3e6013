"""Recursive: paragraphs that fit are put together, one that does not is cut at its lines, a line that does
not at its sentences, and so on. As LangChain's RecursiveCharacterTextSplitter, but by tokens and with
sentences found by rules."""

from collections.abc import Iterator

from pipelines.rag.chunking.boundaries import lines, paragraphs, sentences, tokens, words
from pipelines.rag.chunking.dividing import divided
from pipelines.rag.chunking.ground import Atom, Ground, Joins

LEVELS = (paragraphs, lines, sentences, words, tokens)


def recursive_atoms(ground: Ground) -> Iterator[Atom | None]:
    return recursively(ground, *ground.whole)


def recursively(ground: Ground, start: int, end: int, joins: Joins = Joins.TOGETHER) -> Iterator[Atom | None]:
    """For a section or another part that is too long."""
    return divided(ground, start, end, LEVELS, joins)
