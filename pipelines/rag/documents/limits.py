"""How much a document may be, and how much its reading may take. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Of the file: ``bytes``, ``characters`` of text, ``pages``, and ``rows`` of a table. Of the process that
    reads it: ``seconds`` of computing, twice as many of waiting, and ``memory`` in bytes of address space."""

    bytes: int = 200_000_000
    characters: int = 20_000_000
    pages: int = 10_000
    rows: int = 200_000
    seconds: int = 300
    memory: int = 1 << 30


STANDARD = Limits()
