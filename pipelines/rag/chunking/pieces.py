"""A long text in stretches that are worked on one at a time. Pure."""

from collections.abc import Iterator

_WINDOW = 100_000  # characters looked at together


def pieces(text: str, start: int, end: int, most: int) -> Iterator[tuple[int, int]]:
    """Stretches of at most ``most`` characters, divided at an empty line where there is one in the second
    half, else at a line's end, else at a space, else anywhere. Each begins with a character that is no space.

    >>> list(pieces("one two\\nthree", 0, 13, 10))
    [(0, 8), (8, 13)]
    """
    start = after_space(text, start, end)
    while start < end:
        stop = end if end - start <= most else _stop(text, start, most)
        yield start, stop
        start = after_space(text, stop, end)


def after_space(text: str, start: int, end: int) -> int:
    """The first character from ``start`` on that is no space; ``end`` if there is none."""
    window = 64
    while start < end:
        piece = text[start : min(end, start + window)]
        left = len(piece.lstrip())
        if left:
            return start + len(piece) - left
        start, window = start + len(piece), min(8 * window, _WINDOW)
    return end


def _stop(text: str, start: int, most: int) -> int:
    for divider in ("\n\n", "\n", " "):
        found = text.rfind(divider, start + most // 2, start + most)
        if found >= 0:
            return found + len(divider)
    return start + most
