"""Where a text ends that is to end before a marker. Standard library only."""

from collections.abc import Sequence


def cut_at(text: str, stops: Sequence[str], start: int = 0) -> int:
    """Where the first of the markers begins, looked for from ``start`` on; -1 where none stands.

    >>> cut_at("12 apples\\nQ: Next\\n", ("Q:", "\\n"))
    9
    """
    found = [place for stop in stops if stop and (place := text.find(stop, max(0, start))) >= 0]
    return min(found, default=-1)
