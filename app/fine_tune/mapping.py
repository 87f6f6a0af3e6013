"""Which column plays which role, between the form's dropdowns and the spec's lines ``role=column``."""

from collections.abc import Mapping, Sequence

from pipelines.training.rows.formats import formats_of
from pipelines.training.rows.kinds import FORMATS
from pipelines.training.rows.kinds.base import Format
from pipelines.training.tuning.tasks import task_named

SLOTS = max(len(format.roles) for format in FORMATS.values())


def format_choices(task: object) -> list[tuple[str, str]]:
    """(title, name) of the formats that make what the task learns from."""
    return [(format.title, format.name) for format in formats_of(task_named(task))]


def format_for(name: object, task: object) -> Format:
    """The format of that name where it serves the task, else the task's first."""
    offered = formats_of(task_named(task))
    return next((format for format in offered if format.name == name), offered[0])


def suggested(format: Format, columns: Sequence[str]) -> dict[str, str]:
    """A column for each role that must be played: one with a usual name, else the next that is free.

    >>> suggested(FORMATS["text-label"], ["id", "stars", "Review"])
    {'text': 'Review', 'label': 'stars'}
    """
    bare = {column.strip().lower(): column for column in reversed(columns)}
    found: dict[str, str] = {}
    for role in format.roles:
        named = (bare[name] for name in role.names if name in bare)
        if column := next((c for c in named if c not in found.values()), None):
            found[role.name] = column
    for role in format.required:
        free = (column for column in columns if column not in found.values())
        if role not in found and (column := next(free, None)):
            found[role] = column
    return {role.name: found[role.name] for role in format.roles if role.name in found}


def lines_of(roles: Mapping[str, str]) -> str:
    """As the spec's field has it."""
    return "\n".join(f"{role}={column}" for role, column in roles.items() if column)


def roles_in(lines: object) -> dict[str, str]:
    """The other way; lines that are no ``role=column`` are left out.

    >>> roles_in("text=Review\\nlabel=a=b\\n")
    {'text': 'Review', 'label': 'a=b'}
    """
    pairs = (line.partition("=") for line in str(lines or "").splitlines())
    return {role.strip(): column.strip() for role, _, column in pairs if role.strip() and column.strip()}
