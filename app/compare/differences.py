"""Settings of several runs side by side. Pure: specs in, rows out; works for every kind of job."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.core.fields import Knob, knobs
from pipelines.jobs.kinds import kind_named

ABSENT = object()  # a setting that a run's kind does not have
KIND = "kind"


@dataclass(frozen=True)
class Row:
    """One setting: ``values[i]`` is run *i*'s, :data:`ABSENT` where it has none."""

    field: str
    label: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        return any(not same(value, self.values[0]) for value in self.values[1:])


def differences(specs: Sequence[tuple[str, dict[str, Any]]]) -> list[Row]:
    """One row a setting of any of the (kind, spec) pairs, in the order in which the kinds declare them.

    Fields that no kind declares (any more) come last, so nothing that a run was told is hidden.

    >>> [(row.label, row.differs) for row in differences([("?", {"seed": 1}), ("?", {"seed": 2})])]
    [('Kind', False), ('seed', True)]
    """
    declared: dict[str, Knob] = {}
    for kind, _ in specs:
        for name, declaration in _declared(kind).items():
            declared.setdefault(name, declaration)
    told = dict.fromkeys(name for _, spec in specs for name in spec)
    order = [name for name in declared if name in told] + [name for name in told if name not in declared]
    kinds = Row(KIND, "Kind", tuple(_title(kind) for kind, _ in specs))
    return [kinds, *(_row(name, declared.get(name), [spec for _, spec in specs]) for name in order)]


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 4 is 4.0, but true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def _row(name: str, declared: Knob | None, specs: list[dict[str, Any]]) -> Row:
    label = declared.label if declared else name.replace("_", " ")
    return Row(name, label, tuple(spec.get(name, ABSENT) for spec in specs))


def _declared(kind: str) -> dict[str, Knob]:
    try:
        return knobs(kind_named(kind).spec_class())
    except (GlassworksError, ImportError, AttributeError):  # a kind of an older or newer Glassworks
        return {}


def _title(kind: str) -> str:
    try:
        return kind_named(kind).title
    except GlassworksError:
        return kind
