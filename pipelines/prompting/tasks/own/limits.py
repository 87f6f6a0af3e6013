"""How much is accepted. Standard library only."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """``bytes`` of the text, ``items``, characters of one ``text`` (question, rationale, field) and of a
    ``short`` one (answer, choice), of a column's
    ``name``; ``columns`` and ``choices`` of an item."""

    bytes: int = 2_000_000
    items: int = 5_000
    text: int = 20_000
    short: int = 2_000
    columns: int = 60
    name: int = 100
    choices: int = 26


OWN = Limits()
PUBLIC = Limits(bytes=64_000_000, items=50_000)
