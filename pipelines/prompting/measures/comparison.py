"""Two cells on the same items: which is right more often, how sure that is, and where they differ."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from pipelines.common.proportions import Paired, holm, paired
from pipelines.core.errors import SpecError
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.measures.graded import Cell, Graded

BETTER, WORSE, UNCLEAR = "better", "worse", "unclear"
_ALPHA = 0.05


@dataclass(frozen=True)
class Difference:
    """One item that exactly one of the two got right, with what each answered."""

    item: str
    wanted: str
    first: str | None
    second: str | None
    right: str  # the name of the cell that is right


@dataclass(frozen=True)
class Comparison:
    """``paired.difference`` is the second's accuracy minus the first's. ``adjusted`` is the p-value after
    Holm's correction for all the pairs that were compared at once; the same where it was one."""

    first: str
    second: str
    rule: str
    items: int
    paired: Paired
    differences: tuple[Difference, ...]
    adjusted: float

    @property
    def verdict(self) -> str:
        """Of the second against the first. A difference is claimed only where the interval leaves out 0 and
        the exact test agrees; the two are different approximations and part company now and then."""
        clear = (self.paired.low > 0 or self.paired.high < 0) and self.adjusted < _ALPHA
        return UNCLEAR if not clear else BETTER if self.paired.difference > 0 else WORSE


def compare(first: Cell, second: Cell, rule: str = FLEXIBLE) -> Comparison:
    """McNemar's exact test and Newcombe's interval. Raises :class:`SpecError` unless both cells have the same
    items with the same wanted answers, in whatever order."""
    pairs = matched(first, second)
    found = paired([one.right(rule) for one, _ in pairs], [two.right(rule) for _, two in pairs])
    differences = tuple(
        Difference(
            one.item,
            one.wanted,
            one.marks[rule].answer,
            two.marks[rule].answer,
            first.name if one.right(rule) else second.name,
        )
        for one, two in pairs
        if one.right(rule) != two.right(rule)
    )
    return Comparison(first.name, second.name, rule, len(pairs), found, differences, found.p_value)


def compare_all(cells: Sequence[Cell], rule: str = FLEXIBLE) -> list[Comparison]:
    """Every pair, in the order of the cells, with p-values adjusted for their number."""
    found = [compare(*pair, rule) for pair in combinations(cells, 2)]
    adjusted = holm([one.paired.p_value for one in found])
    return [
        Comparison(**{**vars(one), "adjusted": value}) for one, value in zip(found, adjusted, strict=True)
    ]


def matched(first: Cell, second: Cell) -> list[tuple[Graded, Graded]]:
    """The two results of each item, in the order of the first cell."""
    others = {one.item: one for one in second.items}
    mine = {one.item for one in first.items}
    if mine != set(others):
        raise SpecError("cells", [first.name, second.name], _same(len(mine - set(others)), len(others)))
    pairs = [(one, others[one.item]) for one in first.items]
    if any(one.wanted != two.wanted for one, two in pairs):
        raise SpecError("cells", [first.name, second.name], "two cells that want the same answers")
    return pairs


def _same(missing: int, others: int) -> str:
    return (
        f"two cells with the same items ({missing:,} of the first are not among the {others:,} of the second)"
    )
