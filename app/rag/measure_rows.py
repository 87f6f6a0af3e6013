"""Questions as rows of the table in which they are edited, and back. No Gradio.

A row shows the first of a question's places. One that was not touched stays the question that it was, with
all of them.
"""

from collections.abc import Sequence
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.rag.measuring.locating import Documents
from pipelines.rag.measuring.questions import MOST, Question
from pipelines.rag.measuring.reading import Imported, imported

HEAD = ("Question", "Right answers", "Document", "Passage")
_FIELDS = ("question", "answers", "document", "passage")


def rows_of(questions: Sequence[Question]) -> list[list[str]]:
    """
    >>> rows_of([Question("Who?", ("Ann", "Anna"))])
    [['Who?', 'Ann | Anna', '', '']]
    """
    return [_row(one) for one in questions]


def questions_of(rows: Any, before: Sequence[Question], documents: Documents) -> Imported:
    """Of the table's rows; empty ones are left out. Raises :class:`SpecError` naming the row."""
    if not isinstance(rows, list) or len(rows) > MOST:
        raise SpecError("questions", "something else", f"a table of at most {MOST:,} rows")
    known = {tuple(_row(one)): one for one in before}
    filled = [_texts(row) for row in rows if isinstance(row, list) and any(map(_text, row))]
    if not filled:
        raise SpecError("questions", "none", "at least one question: write, import or make some")
    kept = [known.get(row) for row in filled]
    fresh = [
        dict(zip(_FIELDS, row, strict=True)) for row, one in zip(filled, kept, strict=True) if one is None
    ]
    if not fresh:
        return Imported(tuple(kept), ())
    read = imported(fresh, documents)
    new = iter(read.questions)
    return Imported(tuple(one or _written(next(new)) for one in kept), read.notes)


def _row(one: Question) -> list[str]:
    place = one.gold[0] if one.gold else None
    return [one.text, " | ".join(one.answers), place.document if place else "", place.text if place else ""]


def _written(one: Question) -> Question:
    return Question(one.text, one.answers, one.gold)


def _texts(row: list[Any]) -> tuple[str, ...]:
    return tuple(map(_text, [*row, "", "", "", ""][: len(HEAD)]))


def _text(cell: Any) -> str:
    return cell if isinstance(cell, str) else "" if cell is None else str(cell)
