"""Rows as items: every text checked, the answer of a question with choices found among them, all other
columns kept as fields that a template may name. Standard library only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.texts import is_whole
from pipelines.prompting.calls import Item
from pipelines.prompting.tasks.concluding import concluded
from pipelines.prompting.tasks.own.choices import LETTERS, choices_of, letter_of
from pipelines.prompting.tasks.own.columns import columns_of
from pipelines.prompting.tasks.own.limits import OWN, Limits
from pipelines.prompting.tasks.own.rows import Row, rows_of
from pipelines.prompting.tasks.own.texts import as_text, split_gsm8k
from pipelines.prompting.tasks.task_set import TaskSet

Columns = Mapping[str, str | tuple[str, ...]]


def read_items(
    source: str | bytes | Iterable[Any],
    columns: Mapping[str, str] | None = None,
    name: str = "own",
    limits: Limits = OWN,
) -> TaskSet:
    """The visitor's items: CSV, JSON or JSON lines as text or bytes, or a list of objects. ``columns`` (role
    → column; see :data:`pipelines.prompting.tasks.own.columns.ROLES`) win over usual names.

    Raises :class:`SpecError` that names the row and says what is accepted.
    """
    return items_of_rows(rows_of(source, limits), columns, name, limits)


def items_of_rows(
    rows: Sequence[Row], columns: Mapping[str, str] | None, name: str, limits: Limits = OWN
) -> TaskSet:
    """As :func:`read_items`, of rows that are there. An item's id says its place: ``own-3`` is the third."""
    found = columns_of(rows, columns)
    used = {c for column in found.values() for c in ((column,) if isinstance(column, str) else column)}
    others = tuple(dict.fromkeys(c for row in rows for c in row.values if c not in used))
    items = tuple(_item(f"{name}-{i}", row, found, others, limits) for i, row in enumerate(rows, 1))
    told = {role: column if isinstance(column, str) else ", ".join(column) for role, column in found.items()}
    return TaskSet(name, items, told)


def _item(id: str, row: Row, columns: Columns, others: Sequence[str], limits: Limits) -> Item:
    question = _checked(row, columns["question"], limits.text)
    choices = _choices(row, columns.get("choices"), limits)
    answer = _checked(row, columns["answer"], limits.text)
    worked, answer = split_gsm8k(answer) if not choices else ("", answer)
    if "rationale" in columns:
        worked = _checked(row, columns["rationale"], limits.text, empty=True) or worked
    _check(row, columns["answer"], answer, limits.short)
    _check(row, columns["answer"], worked, limits.text, empty=True)
    if choices:
        answer = _letter(row, columns["answer"], answer, choices)
    fields = {column: _checked(row, column, limits.text, empty=True) for column in others}
    return Item(id, question, answer, choices, concluded(worked, answer) if worked else "", fields)


def _choices(row: Row, columns: str | tuple[str, ...] | None, limits: Limits) -> tuple[str, ...]:
    """Of one column or of several; empty where the row has none."""
    if columns is None:
        return ()
    if isinstance(columns, str):
        found, shown = choices_of(row.values.get(columns)), columns
    else:
        texts = [as_text(row.values.get(column)) for column in columns]
        while texts and not texts[-1]:  # a question with fewer choices than there are columns
            texts.pop()
        found, shown = tuple(texts), ", ".join(columns)
    for choice in found:
        _check(row, shown, choice, limits.short)
    if found and not 2 <= len(found) <= limits.choices:
        wanted = f"2 to {limits.choices} choices: a list, or texts between |"
        raise SpecError(f"items, {row.where}, {shown}", " | ".join(found), wanted)
    return found


def _letter(row: Row, column: Any, answer: str, choices: tuple[str, ...]) -> str:
    letter = letter_of(answer, choices)
    if not letter:
        wanted = f"a letter from A to {LETTERS[len(choices) - 1]}, or the text of one choice"
        raise SpecError(f"items, {row.where}, {column}", answer, wanted)
    return letter


def _checked(row: Row, column: Any, most: int, empty: bool = False) -> str:
    value = row.values.get(column)
    if not empty and isinstance(value, (list, dict)):
        raise SpecError(f"items, {row.where}, {column}", value, "text or a number")
    text = as_text(value)
    _check(row, column, text, most, empty)
    return text


def _check(row: Row, column: Any, text: str, most: int, empty: bool = False) -> None:
    if len(text) > most or not (text or empty) or not is_whole(text):
        low = 0 if empty else 1
        shown = text if is_whole(text) else "half of a character"
        raise SpecError(f"items, {row.where}, {column}", shown, f"text of {low} to {most:,} characters")
