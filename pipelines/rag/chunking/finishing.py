"""The last word on every chunk: without space at its ends, counted as the embedding model will, and named by
its heading and page."""

from collections.abc import Callable, Iterator

from pipelines.rag.chunking.chunk import Chunk
from pipelines.rag.chunking.counting import Counter
from pipelines.rag.chunking.ground import Ground
from pipelines.rag.chunking.outline import Pages
from pipelines.rag.chunking.packing import Packed


def finished(
    chunks: Iterator[Packed | None],
    ground: Ground,
    counter: Counter,
    heading: Callable[[int, int], str],
    pages: Pages,
) -> Iterator[Chunk | None]:
    """``heading(own, end)`` names what a chunk stands under, by its own characters."""
    reached = 0
    for packed in chunks:
        if packed is None:
            yield None
            continue
        for one, tokens in _fitting(packed, ground, counter):
            overlap = max(0, reached - one.begin)
            yield Chunk(one.begin, one.end, tokens, overlap, heading(one.own, one.end), pages.at(one.own))
            reached = one.end


def _fitting(packed: Packed, ground: Ground, counter: Counter) -> Iterator[tuple[Packed, int]]:
    """What is measured within a long text can be a little more by itself, with some tokenizers: then nothing
    is repeated, or the chunk is halved."""
    waiting = [packed]
    while waiting:
        one = _stripped(ground.text, waiting.pop())
        if one.begin >= one.end:
            continue
        tokens = counter.count(ground.text[one.begin : one.end])
        if tokens <= ground.size or one.end - one.begin == 1:
            yield one, tokens
        elif one.begin < one.own:
            waiting.append(Packed(one.own, one.own, one.end))
        else:
            middle = _middle(ground.text, one)
            waiting += [Packed(middle, middle, one.end), Packed(one.begin, one.begin, middle)]


def _stripped(text: str, one: Packed) -> Packed:
    piece = text[one.begin : one.end]
    begin = one.end - len(piece.lstrip())
    return Packed(begin, max(begin, one.own), one.begin + len(piece.rstrip()))


def _middle(text: str, one: Packed) -> int:
    """After the last space of the second quarter, else in the middle."""
    middle = (one.begin + one.end) // 2
    found = text.rfind(" ", (one.begin + middle) // 2, middle)
    return found + 1 if found > one.begin else middle
