"""Questions from a visitor's file: CSV with a head, JSON lines, or a JSON list. Standard library and core.

Each row has a question; perhaps its answer or several, and where it stands: a document's name, with the
passage (or first and last character), or a passage alone. Without a place the words of the answer are looked
for.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.rag.measuring.locating import Documents
from pipelines.rag.measuring.questions import MOST, MOST_GOLD_CHARS, ORIGINS, Gold, Question

MOST_BYTES = 5_000_000
ACCEPTED = (
    "CSV whose first line names the columns, JSON lines, or a JSON list of objects, with a question and "
    "perhaps answer (or answers), document, and passage"
)
_COLUMNS = {
    "question": ("question", "query"),
    "answers": ("answers", "answer", "wanted"),
    "document": ("document", "source", "file", "doc"),
    "passage": ("passage", "gold", "context", "evidence"),
    "start": ("start",),
    "end": ("end",),
    "origin": ("origin",),
}
_SEVERAL = "|"  # divides answers in one cell of a table


@dataclass(frozen=True)
class Imported:
    """``notes`` say of which rows the place was not found; these questions are kept without one."""

    questions: tuple[Question, ...]
    notes: tuple[str, ...]


def imported(source: str | Sequence[Any], documents: Documents) -> Imported:
    """Raises :class:`SpecError` that names the row and says what is accepted."""
    rows = _rows(source)
    if not 0 < len(rows) <= MOST:
        raise SpecError("questions", f"{len(rows)} rows", f"1 to {MOST:,} rows")
    questions, notes = [], []
    for number, row in enumerate(rows, 1):
        question, note = _question(number, _named(number, row), documents)
        questions.append(question)
        notes += [f"Row {number}: {note}"] if note else []
    return Imported(tuple(questions), tuple(notes))


def _rows(source: str | Sequence[Any]) -> list[Any]:
    if not isinstance(source, str):
        if not isinstance(source, list | tuple):
            raise SpecError("questions", source, ACCEPTED)
        return list(source)
    if len(source.encode("utf-8", "replace")) > MOST_BYTES:
        raise SpecError(
            "questions", f"{len(source):,} characters", f"at most {MOST_BYTES // 1_000_000} MB of text"
        )
    text = source.removeprefix("\ufeff").strip()
    if not text or "\0" in text:
        raise SpecError("questions", text[:40], ACCEPTED)
    try:
        return list(_of_json(text) if text[0] in "[{" else _of_csv(text))
    except (ValueError, csv.Error, RecursionError):
        raise SpecError("questions", text[:80], ACCEPTED) from None


def _of_json(text: str) -> Iterator[Any]:
    if text[0] == "[":
        return iter(json.loads(text))
    return (json.loads(line) for line in text.splitlines() if line.strip())


def _of_csv(text: str) -> Iterator[dict[str, str]]:
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    return ({str(k).strip().lower(): v for k, v in row.items() if k is not None} for row in reader)


def _named(number: int, row: Any) -> dict[str, Any]:
    """The row by role; an export of this app holds its places in a list of their own."""
    if not isinstance(row, Mapping):
        raise SpecError(f"questions, row {number}", row, ACCEPTED)
    lower = {str(name).strip().lower(): value for name, value in row.items()}
    found = {
        role: lower[name]
        for role, names in _COLUMNS.items()
        if (name := next(filter(lower.__contains__, names), None))
    }
    if not isinstance(found.get("question"), str) or not found["question"].strip():
        raise SpecError(
            f"questions, row {number}", found.get("question"), "a column question with text in it"
        )
    return found


def _question(number: int, row: dict[str, Any], documents: Documents) -> tuple[Question, str]:
    answers = _answers(row.get("answers"))
    places = row.get("passage")
    try:
        if isinstance(places, list):
            gold, note = _exported(places, documents)
        else:
            gold, note = _place(row, answers, documents)
        origin = row.get("origin") if row.get("origin") in ORIGINS else "imported"
        return Question(row["question"].strip(), answers, gold, origin), note
    except SpecError as fault:
        raise SpecError(f"questions, row {number}, {fault.field}", fault.value, fault.accepted) from None


def _answers(given: Any) -> tuple[str, ...]:
    """One, several with ``|`` between them, a list, or SQuAD's ``{"text": […]}``."""
    if isinstance(given, Mapping):
        given = given.get("text")
    if isinstance(given, str):
        given = given.split(_SEVERAL)
    if isinstance(given, int | float):
        given = [given]
    texts = [" ".join(str(one).split()) for one in given] if isinstance(given, list | tuple) else []
    return tuple(dict.fromkeys(text for text in texts if text))


def _exported(places: list[Any], documents: Documents) -> tuple[tuple[Gold, ...], str]:
    """Of another collection perhaps: whatever stands there is looked for here."""
    if not all(isinstance(one, Mapping) for one in places):
        raise SpecError("gold", places, "a list of objects with document, start, end and text")
    golds = [_gold(one) for one in places]
    found = tuple(place for gold in golds if (place := documents.again(gold)))
    lost = len(golds) - len(found)
    return found, f"{lost} of its passages stand in no document of this collection." if lost else ""


def _gold(told: Mapping[str, Any]) -> Gold:
    try:
        return Gold(**told)
    except TypeError:
        raise SpecError("gold", dict(told), "an object with document, start, end and text") from None


def _place(
    row: dict[str, Any], answers: tuple[str, ...], documents: Documents
) -> tuple[tuple[Gold, ...], str]:
    """Where the row says; else where an answer stands."""
    told, name = str(row.get("document") or "").strip(), None
    if told and (name := documents.named(told)) is None:
        return (), f"there is no document {told[:80]!r} in this collection."
    passage = str(row.get("passage") or "").strip()
    if name and row.get("start") not in (None, "") and row.get("end") not in (None, ""):
        return (_range(documents.text(name), name, row),), ""
    if passage:
        found = documents.place(passage, name) if name else documents.anywhere(passage)
        return ((found,), "") if found else ((), "its passage stands in no document of this collection.")
    for answer in answers:
        if name and len(answer) > 2 and (found := documents.place(answer, name)):
            return (found,), ""
    return ((Gold(name),), "") if name else ((), "")


def _range(text: str, document: str, row: dict[str, Any]) -> Gold:
    try:
        start, end = int(row["start"]), int(row["end"])
    except (TypeError, ValueError):
        start = end = -1
    if not 0 <= start < end <= len(text) or end - start > MOST_GOLD_CHARS:
        shown = (row["start"], row["end"])
        raise SpecError("start, end", shown, f"two places in the document, from 0 to {len(text):,}")
    return Gold(document, start, end, text[start:end])
