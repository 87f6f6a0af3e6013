"""Which format a table is in, which column plays which role, and its rows as examples. The formats themselves
are in :mod:`pipelines.training.rows.kinds`. Torch-free.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.training.rows.examples import Asked, Example
from pipelines.training.rows.kinds import FORMATS
from pipelines.training.rows.kinds.base import Columns, Format, Role, RowFault, Values
from pipelines.training.rows.table import BadRowsError, Row, Table, listed, numbers_in_words
from pipelines.training.tuning.tasks import Task, task_named

_LOOKED_AT = 200
_MOSTLY = 0.6
_ABOUT = re.compile(r"(.*_)?(id|idx|index|split|source|url|lang|language|date|licen[cs]e|author)|index")
_NO_ROLES: Mapping[str, str] = {}
# Prompts alone are told by their task only: rows of most other formats have a prompt as well.
_USUAL = tuple(format for format in FORMATS.values() if format.makes is not Asked)


class UnknownRowsError(BadRowsError):
    """No format fits; a person has to say which column plays which role."""


@dataclass(frozen=True)
class Recognised:
    """``format`` is a key of ``FORMATS``; ``roles`` are role → column; ``task`` is a key of ``TASKS``."""

    format: str
    roles: dict[str, str]
    task: str


@dataclass(frozen=True)
class Problem:
    """A row that gave no example, or not all of its examples, and why."""

    row: int
    words: str


@dataclass(frozen=True)
class Examples:
    """``examples`` are in the order of the rows; none may be left when every row has a problem."""

    examples: tuple[Example, ...]
    problems: tuple[Problem, ...]
    recognised: Recognised


def recognise(table: Table, task: str = "", roles: Mapping[str, str] = _NO_ROLES) -> Recognised:
    """The format of a table, among those of a task if one is given. ``roles`` (role → column) win over what
    is guessed.

    Raises :class:`SpecError` for a role or a column that there is not, :class:`UnknownRowsError` when nothing
    fits, :class:`BadRowsError` when the rows are of two formats.
    """
    what = task_named(task) if task else None
    offered = _offered(what, roles)
    _check_columns(table, roles)
    found = _guessed(table, offered, roles)
    if found is None:
        raise UnknownRowsError(_nothing_fits(table, what, offered, roles))
    format, columns = found
    if not roles:
        _check_mixed(table, format, columns)
    return Recognised(format.name, columns, what.name if what else format.task)


def examples_of(table: Table, task: str = "", roles: Mapping[str, str] = _NO_ROLES) -> Examples:
    """Every row as what the task learns from, and the rows that cannot be. Raises as :func:`recognise`."""
    recognised = recognise(table, task, roles)
    format = FORMATS[recognised.format]
    examples: list[Example] = []
    problems: list[Problem] = []
    for row, number in zip(table.rows, table.numbers, strict=True):
        for made in _built(format, number, _values(row, recognised.roles)):
            if isinstance(made, RowFault):
                problems.append(Problem(number, str(made)))
            else:
                examples.append(made)
    return Examples(tuple(examples), tuple(problems), recognised)


def formats_of(task: Task) -> tuple[Format, ...]:
    """The formats that make what the task learns from."""
    return tuple(format for format in FORMATS.values() if format.makes in task.examples)


def roles_of(task: str) -> tuple[Role, ...]:
    """The roles that a column may play for a task, each once. Raises :class:`SpecError`."""
    return tuple(
        {role.name: role for format in formats_of(task_named(task)) for role in format.roles}.values()
    )


def _built(format: Format, number: int, values: Values) -> Iterator[Example | RowFault]:
    try:
        yield from format.build(number, values)
    except RowFault as fault:
        yield fault


def _values(row: Row, roles: Mapping[str, str]) -> Values:
    return {role: row[column] for role, column in roles.items() if row.get(column) is not None}


def _offered(task: Task | None, roles: Mapping[str, str]) -> tuple[Format, ...]:
    """The formats that know all the roles that were given. Raises :class:`SpecError` where there is none."""
    formats = formats_of(task) if task else _USUAL
    known = {role.name for format in formats for role in format.roles}
    for role, column in roles.items():
        if role not in known:
            raise SpecError("columns", f"{role}={column}", f"the roles {', '.join(sorted(known))}")
    fitting = tuple(f for f in formats if set(roles) <= {role.name for role in f.roles})
    if not fitting:
        one_of = "; ".join(f"{f.title}: {', '.join(role.name for role in f.roles)}" for f in formats)
        raise SpecError("columns", ", ".join(roles), f"the roles of one format ({one_of})")
    return fitting


def _check_columns(table: Table, roles: Mapping[str, str]) -> None:
    for role, column in roles.items():
        if column not in table.columns:
            raise SpecError("columns", f"{role}={column}", f"a column that is there: {listed(table.columns)}")


def _guessed(
    table: Table, formats: Iterable[Format], roles: Mapping[str, str]
) -> tuple[Format, dict[str, str]] | None:
    """The first format whose required roles all find a column and most of whose rows then make sense; where
    none makes sense, the first that finds its columns, so that the rows can be told what they lack."""
    rows = _some(table.rows)
    columns = {c: values for c in table.columns if (values := [r[c] for r in rows if r.get(c) is not None])}
    formats = tuple(formats)
    found = []
    for weak in (False, True):
        guesses = ((format, _roles(format, columns, roles, weak)) for format in formats)
        found += [(format, guess) for format, guess in guesses if guess is not None]
    sound = (pair for pair in found if _makes_sense(*pair, rows))
    return next(sound, found[0] if found else None)


def _some(rows: tuple[Row, ...]) -> tuple[Row, ...]:
    """A few hundred rows from all over the table."""
    return rows[:: max(1, len(rows) // _LOOKED_AT)]


def _roles(format: Format, columns: Columns, given: Mapping[str, str], weak: bool) -> dict[str, str] | None:
    """Role → column; None where a required role finds none."""
    taken = dict(given)
    by_name = {_bare(column): column for column in reversed(columns)}
    for role in format.roles:
        for column in map(by_name.get, role.names if role.name not in taken else ()):
            if column and column not in taken.values() and _fits(role, columns[column]):
                taken[role.name] = column
                break
    for role in format.roles:
        if role.by_content and role.name not in taken and (weak or not role.weak):
            free = {
                c: values
                for c, values in columns.items()
                if c not in taken.values() and not _ABOUT.fullmatch(_bare(c)) and _fits(role, values)
            }
            if column := role.by_content(free):
                taken[role.name] = column
    ordered = {role.name: taken[role.name] for role in format.roles if role.name in taken}
    return ordered if set(format.required) <= set(ordered) else None


def _bare(column: str) -> str:
    """A column's name as the usual names are written: ``"Label Text"`` is ``label_text``."""
    return re.sub(r"\W+", "_", column.strip().lower()).strip("_")


def _fits(role: Role, values: list) -> bool:
    return sum(map(role.fits, values)) >= _MOSTLY * len(values)


def _makes_sense(format: Format, roles: dict[str, str], rows: tuple[Row, ...]) -> bool:
    """Whether half of the rows that have the columns at all give an example."""
    complete = [r for r in rows if all(r.get(roles[role]) is not None for role in format.required)]
    good = sum(
        not any(isinstance(made, RowFault) for made in _built(format, 0, _values(row, roles)))
        for row in complete
    )
    return bool(complete) and good * 2 >= len(complete)


def _check_mixed(table: Table, format: Format, roles: dict[str, str]) -> None:
    """Rows that lack the columns and are whole rows of another format, in other columns, are no accident."""
    mine = {roles[role] for role in format.required}
    lacking = [i for i, row in enumerate(table.rows) if any(row.get(c) is None for c in mine)]
    if not lacking:
        return
    rows = tuple(table.rows[i] for i in lacking)
    others = Table(tuple(dict.fromkeys(c for row in rows for c in row)), rows, tuple(lacking))
    found = _guessed(others, _USUAL, {})
    if found is None or set(found[1].values()) & set(roles.values()):
        return
    other, its_roles = found
    wrong = [table.numbers[i] for i in lacking]
    right = sorted(set(table.numbers) - set(wrong))
    raise BadRowsError(
        f"The rows mix two formats: {numbers_in_words(right)} are {format.title} ({listed(mine)}), "
        f"{numbers_in_words(wrong)} are {other.title} ({listed(its_roles.values())}). "
        "Give all rows one format."
    )


def _nothing_fits(
    table: Table, task: Task | None, offered: tuple[Format, ...], roles: Mapping[str, str]
) -> str:
    wanted = "; ".join(f"{f.title}: {' + '.join(f.required)}" for f in offered)
    who = f"the task {task.name!r} ({task.title})" if task else "any task"
    example = next(role for role in offered[-1].required if role not in roles) if offered else "text"
    return (
        f"The columns {listed(table.columns)} are not recognised for {who}. Accepted are {wanted}. Say which "
        f"column plays which role, one a line, as in {example}={listed(table.columns[:1])[1:-1]}."
    )
