"""A question whose right answer is known, and where in the documents it stands. Standard library and core.

The place is a range of characters of a document, never a chunk: so the same questions judge every chunker,
and a collection with the same documents cut in another way.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.texts import is_whole

MOST = 2_000  # questions of a set
MOST_CHARS = 2_000  # of a question, and of an answer
MOST_ANSWERS = 20
MOST_GOLD = 20
MOST_GOLD_CHARS = 20_000
ORIGINS = ("written", "imported", "rules", "cloze", "model")


@dataclass(frozen=True)
class Gold:
    """Characters ``start`` to ``end`` of the document of that name hold the answer; ``text`` are the words
    that stood there, by which the place is found again in a changed document. Without text the whole document
    is meant, and both ends are 0."""

    document: str
    start: int = 0
    end: int = 0
    text: str = ""

    def __post_init__(self) -> None:
        _check_text("document", self.document, 400)
        _check_text("passage", self.text, MOST_GOLD_CHARS, empty=True)
        ends = all(isinstance(one, int) and not isinstance(one, bool) for one in (self.start, self.end))
        if not ends or not 0 <= self.start <= self.end or (self.end > self.start) != bool(self.text):
            raise SpecError("passage", (self.start, self.end), "a first and a last character of the document")

    @property
    def whole(self) -> bool:
        """Any part of the document will do."""
        return not self.text


@dataclass(frozen=True)
class Question:
    """``answers`` are all that are right; without any the answer is not judged. Without ``gold`` the search
    is not judged. ``origin`` says who made it: one of :data:`ORIGINS`."""

    text: str
    answers: tuple[str, ...] = ()
    gold: tuple[Gold, ...] = ()
    origin: str = "written"

    def __post_init__(self) -> None:
        _check_text("question", self.text, MOST_CHARS)
        for answer in self.answers:
            _check_text("answer", answer, MOST_CHARS)
        if len(self.answers) > MOST_ANSWERS or len(self.gold) > MOST_GOLD:
            raise SpecError("question", self.text, f"at most {MOST_ANSWERS} answers and {MOST_GOLD} passages")
        if self.origin not in ORIGINS:
            raise SpecError("origin", self.origin, f"one of {', '.join(ORIGINS)}")

    @property
    def key(self) -> str:
        """The same for the same question with the same answers and places."""
        told = json.dumps([self.text, self.answers, [asdict(one) for one in self.gold]], ensure_ascii=True)
        return hashlib.sha256(told.encode()).hexdigest()[:24]


def as_json(question: Question) -> dict[str, Any]:
    """
    >>> as_json(Question("Who?", ("Ann",), (Gold("a.md", 0, 3, "Ann"),)))["gold"]
    [{'document': 'a.md', 'start': 0, 'end': 3, 'text': 'Ann'}]
    """
    return {
        "question": question.text,
        "answers": list(question.answers),
        "gold": [asdict(one) for one in question.gold],
        "origin": question.origin,
    }


def from_json(told: dict[str, Any]) -> Question:
    """What :func:`as_json` has made. Raises :class:`SpecError`."""
    try:
        gold = tuple(Gold(**one) for one in told["gold"])
        return Question(told["question"], tuple(told["answers"]), gold, told["origin"])
    except (KeyError, TypeError):
        raise SpecError("questions", told, "questions as they are exported here") from None


def jsonl_of(questions: Sequence[Question]) -> str:
    """A line a question, which the import takes again."""
    return "".join(json.dumps(as_json(one), ensure_ascii=False) + "\n" for one in questions)


def without_copies(questions: Sequence[Question]) -> tuple[Question, ...]:
    """Each once, in order: the same question with the same answers and places says nothing twice."""
    return tuple({one.key: one for one in questions}.values())


def _check_text(name: str, text: object, most: int, empty: bool = False) -> None:
    fits = isinstance(text, str) and len(text) <= most and (empty or text.strip()) and is_whole(text)
    if not fits:
        raise SpecError(name, text, f"text of {0 if empty else 1} to {most:,} characters")
