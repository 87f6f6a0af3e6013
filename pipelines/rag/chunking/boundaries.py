"""Where a text may be divided, from coarse to fine: paragraphs, lines, sentences, words, tokens.

Each is a function ``(text, ruler, start, end)`` that yields the characters after ``start`` at which a part
begins, in order and never a space, and None where a step should end: nothing here reads far at once.
"""

import re
from collections.abc import Callable, Iterator

from pipelines.common.sentences import sentences_of
from pipelines.common.words import WITHOUT_SPACES
from pipelines.rag.chunking.counting import Ruler
from pipelines.rag.chunking.pieces import after_space, pieces

Level = Callable[[str, Ruler, int, int], Iterator[int | None]]

_PARAGRAPH = re.compile(r"\n[^\S\n]*+\n\s*+")
_LINE = re.compile(r"\n\s*+")
_WORD = re.compile(rf"(?<=\s)\S|[{WITHOUT_SPACES}]")
_PIECE = 20_000  # characters in a step
_TOKENS = 5000  # in a step


def paragraphs(text: str, ruler: Ruler, start: int, end: int) -> Iterator[int | None]:
    return (found.end() for found in _PARAGRAPH.finditer(text, start, end) if found.end() < end)


def lines(text: str, ruler: Ruler, start: int, end: int) -> Iterator[int | None]:
    return (found.end() for found in _LINE.finditer(text, start, end) if found.end() < end)


def sentences(text: str, ruler: Ruler, start: int, end: int) -> Iterator[int | None]:
    """The last sentence of a stretch is read again with the next one, since it may go on there."""
    at = after_space(text, start, end)
    while at < end:
        _, stop = next(pieces(text, at, end, _PIECE))
        found = [at + first for first, _ in sentences_of(text[at:stop])]
        goes_on = stop < end and len(found) > 1
        yield from (place for place in (found[:-1] if goes_on else found) if place > start)
        yield None
        at = found[-1] if goes_on else after_space(text, stop, end)


def words(text: str, ruler: Ruler, start: int, end: int) -> Iterator[int | None]:
    """After a space; in scripts without spaces at any character that begins a token."""
    for at in range(start + 1, end, _PIECE):
        for found in _WORD.finditer(text, at, min(at + _PIECE, end)):
            if text[found.start() - 1].isspace() or ruler.begins(found.start()):
                yield found.start()
        yield None


def tokens(text: str, ruler: Ruler, start: int, end: int) -> Iterator[int | None]:
    """The last resort, for a word that is longer than a chunk."""
    for number, place in enumerate(ruler.between(start + 1, end), 1):
        if not text[place].isspace():
            yield place
        if not number % _TOKENS:
            yield None
