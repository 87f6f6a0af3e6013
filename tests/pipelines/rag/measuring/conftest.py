"""A search whose outcome is written down, and what it says of a question."""

import pytest

from pipelines.rag.answers import Found, Stage
from pipelines.rag.measuring.questions import Gold, Question
from pipelines.rag.measuring.relevance import Piece
from pipelines.rag.requests import Passage

TEXT = "".join(f"Sentence number {i} is here. " for i in range(60))


def piece(number: int, size: int = 100) -> Piece:
    return Piece(f"c{number}", "a.md", number * size, (number + 1) * size)


def passage(one: Piece, text: str = "") -> Passage:
    text = text or TEXT[one.start : one.end]
    return Passage(one.id, "d", one.document, 0, one.start, one.end, text, "", 0, 10)


def found_of(pieces, hits, **stages) -> Found:
    """``stages``: name → ids, best first."""
    told = tuple(
        Stage(name, tuple(ids), tuple(-float(i) for i in range(len(ids))), 0.0)
        for name, ids in stages.items()
    )
    seen = {one for ids in (hits, *stages.values()) for one in ids}
    passages = tuple(passage(one) for one in pieces if one.id in seen)
    return Found(
        "q", told, passages, tuple(hits), tuple(1.0 for _ in hits), 1.0, "exact", len(pieces), 1, 0.01
    )


def gold(start: int, end: int) -> Gold:
    return Gold("a.md", start, end, TEXT[start:end])


@pytest.fixture
def pieces():
    return [piece(i) for i in range(12)]


@pytest.fixture
def question():
    return Question("Which one?", ("Sentence number 7",), (gold(210, 260),))
