"""The items of a result, page by page: all, those that went right or wrong, those on which another model did
otherwise. Standard library only.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.evaluation.records import Outcome
from pipelines.evaluation.results.records import Kept, Result
from pipelines.evaluation.results.store import ResultStore

ONLY = ("all", "right", "wrong", "differ")
MOST = 500  # items of a page


@dataclass(frozen=True)
class Shown:
    """``place`` is the item's in the whole result, from 0; ``right`` None where the task knows no right and
    wrong; ``other`` what became of the same item in the other result, None where it was not asked there."""

    place: int
    kept: Kept
    right: bool | None
    other: Outcome | None = None
    other_right: bool | None = None

    @property
    def outcome(self) -> Outcome:
        return self.kept.outcome


@dataclass(frozen=True)
class Browsed:
    """``total`` items fit ``only``; ``items`` are those from ``start`` on."""

    result: Result
    other: Result | None
    total: int
    start: int
    items: tuple[Shown, ...]


def browse(store: ResultStore, key: str, start: int, count: int, only: str, other: str | None) -> Browsed:
    """Raises SpecError for what cannot be asked, NotFoundError for a key that no result has."""
    check_whole("start", start, 0)
    check_whole("count", count, 1, MOST)
    result, beside = store.result(key), store.result(other) if other else None
    if only not in ONLY:
        raise SpecError("only", only, f"one of {', '.join(ONLY)}")
    if only == "differ" and beside is None:
        raise SpecError("only", only, "all, right or wrong where no other result stands beside")
    metric = judged_by(result)
    if only in ("right", "wrong") and not metric:
        raise SpecError("only", only, f"all or differ: {result.title} knows no right and wrong")
    found = [one for one in _shown(store, result, beside, metric) if _fits(one, only, metric)]
    return Browsed(result, beside, len(found), start, tuple(found[start : start + count]))


def judged_by(result: Result) -> str:
    """The metric that says whether an item went right; empty where none does."""
    return next((one.name for one in result.metrics if one.share), "")


def paired_items(first: Sequence[Kept], second: Sequence[Kept]) -> Iterator[tuple[Kept, Kept | None]]:
    """Each of the first with the same item of the second; of rows that are there twice, the n-th with the
    n-th."""
    left: dict[str, list[Kept]] = {}
    for one in reversed(second):
        left.setdefault(one.row, []).append(one)
    for one in first:
        there = left.get(one.row)
        yield one, there.pop() if there else None


def _shown(store: ResultStore, result: Result, beside: Result | None, metric: str) -> Iterator[Shown]:
    others = store.kept(beside.key) if beside else ()
    for place, (kept, other) in enumerate(paired_items(store.kept(result.key), others)):
        outcome = other.outcome if other else None
        yield Shown(place, kept, _right(kept.outcome, metric), outcome, _right(outcome, metric))


def _right(outcome: Outcome | None, metric: str) -> bool | None:
    value = outcome.values.get(metric) if outcome else None
    return None if value is None else value >= 1.0


def _fits(one: Shown, only: str, metric: str) -> bool:
    if only == "all":
        return True
    if only == "differ":
        return one.other is not None and _differ(one, metric)
    return one.right is (only == "right")


def _differ(one: Shown, metric: str) -> bool:
    """By what says right and wrong; where nothing does, by any value."""
    here, there = one.outcome.values, one.other.values
    return here.get(metric) != there.get(metric) if metric else dict(here) != dict(there)
