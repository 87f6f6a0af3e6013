"""Messages to a model whose texts say of each part whose words it is: a prompt can then be shown by its
parts, and what came from documents be told from what the house wrote. Standard library only.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

SYSTEM, HISTORY, PASSAGE, QUESTION, WORDS, TEMPLATE = (
    "system", "history", "passage", "question", "words", "template",
)  # fmt: skip
PARTS = (SYSTEM, HISTORY, PASSAGE, QUESTION, WORDS, TEMPLATE)


class Piece(NamedTuple):
    """``part`` is one of PARTS: ``words`` are the form's own, ``template`` is what a chat template writes."""

    part: str
    text: str


@dataclass(frozen=True)
class Message:
    """``role`` is system, user or assistant."""

    role: str
    pieces: tuple[Piece, ...]

    @property
    def content(self) -> str:
        return "".join(piece.text for piece in self.pieces)


def said(role: str, *pieces: tuple[str, str]) -> Message:
    """Without white space at its ends, as chat templates have it anyway; empty pieces are left out.

    >>> said("user", ("words", " Question: "), ("question", "Why? ")).content
    'Question: Why?'
    """
    return Message(role, _stripped(Piece(part, text) for part, text in pieces if text))


def _stripped(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    found = list(pieces)
    while found and not (first := found[0].text.lstrip()):
        found.pop(0)
    if found:
        found[0] = found[0]._replace(text=first)
    while found and not (last := found[-1].text.rstrip()):
        found.pop()
    if found:
        found[-1] = found[-1]._replace(text=last)
    return tuple(found)
