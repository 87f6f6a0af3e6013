"""Which column is the question, the answer, the choices and the worked solution. Standard library only."""

import re
from collections.abc import Mapping, Sequence

from pipelines.core.errors import SpecError
from pipelines.prompting.tasks.own.choices import letter_of
from pipelines.prompting.tasks.own.rows import Row
from pipelines.prompting.tasks.own.texts import as_text

ROLES: dict[str, tuple[str, ...]] = {
    "question": (
        "question", "input", "prompt", "inputs", "query", "problem", "instruction", "text", "sentence",
    ),
    "answer": (
        "answer", "label", "target", "output", "targets", "gold", "expected", "answerkey", "answer_key",
        "correct", "correct_answer", "final_answer", "completion", "response",
    ),
    "choices": ("choices", "options"),
    "rationale": ("rationale", "explanation", "reasoning", "worked", "steps"),
}  # fmt: skip
_LETTERED = re.compile(r"(?:(?:option|choice|answer)_?)?([a-z]|\d{1,2})")


def columns_of(
    rows: Sequence[Row], given: Mapping[str, str] | None = None
) -> dict[str, str | tuple[str, ...]]:
    """Role → column; ``choices`` may be several columns (A, B, C …). What is ``given`` wins over usual names.

    Raises :class:`SpecError` for a role or a column that there is not, and where the question or the answer
    is not found.
    """
    names = tuple(dict.fromkeys(name for row in rows for name in row.values))
    found: dict[str, str | tuple[str, ...]] = dict(_checked(given or {}, names))
    usual = {re.sub(r"\W+", "_", name.strip().lower()).strip("_"): name for name in reversed(names)}
    for role, accepted in ROLES.items():
        taken = set(found.values())
        free = (usual[name] for name in accepted if name in usual and usual[name] not in taken)
        if role not in found and (column := next(free, None)):
            found[role] = column
    for role in ("question", "answer"):
        if role not in found:
            usual_names = ", ".join(ROLES[role][:6])
            accepted = f"a column called {usual_names}, or a mapping that says which one it is"
            raise SpecError(f"{role} column", ", ".join(names), accepted)
    several = () if "choices" in found else _lettered(usual, set(found.values()))
    if several and _are_choices(rows, several, str(found["answer"])):
        found["choices"] = several
    return found


def _are_choices(rows: Sequence[Row], columns: tuple[str, ...], answer: str) -> bool:
    """Whether most answers are among them: columns called a and b may hold something else."""
    hits = 0
    for row in rows:
        choices = [as_text(row.values.get(column)) for column in columns]
        hits += bool(letter_of(as_text(row.values.get(answer)), choices))
    return 2 * hits > len(rows)


def _checked(given: Mapping[str, str], names: tuple[str, ...]) -> Mapping[str, str]:
    if not isinstance(given, Mapping):
        raise SpecError("columns", given, f"an object of role → column; the roles are {', '.join(ROLES)}")
    for role, column in given.items():
        if role not in ROLES:
            raise SpecError("columns", role, f"the roles {', '.join(ROLES)}")
        if column not in names:
            raise SpecError("columns", f"{role}={column}", f"a column that is there: {', '.join(names)}")
    if len(set(given.values())) < len(given):
        raise SpecError("columns", dict(given), "a different column for each role")
    return given


def _lettered(usual: Mapping[str, str], taken: set) -> tuple[str, ...]:
    """The columns A, B, C … or option_1, option_2 …: two or more, from the first on, without a gap."""
    by_place: dict[int, str] = {}
    for name, column in usual.items():
        if column not in taken and (sign := _LETTERED.fullmatch(name)):
            by_place.setdefault(int(sign[1]) - 1 if sign[1].isdigit() else ord(sign[1]) - ord("a"), column)
    found = []
    while len(found) in by_place:
        found.append(by_place[len(found)])
    return tuple(found) if len(found) > 1 else ()
