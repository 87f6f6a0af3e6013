"""Order sensitivity: how far accuracy moves when the same examples stand in another order (Lu et al. 2022,
"Fantastically Ordered Prompts and Where to Find Them").
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.common.intervals import LEVEL
from pipelines.common.proportions import Proportion, proportion
from pipelines.core.errors import SpecError
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.measures.comparison import matched
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.homogeneity import Homogeneity, cochran, permuted_columns

_RESAMPLES = 2_000
_SEED = 0


@dataclass(frozen=True)
class Orders:
    """``accuracies`` are by order. ``spread`` is the best minus the worst, with a percentile interval from
    resampled items: being a maximum it is above 0 even if the order matters nothing, and ``by_chance`` is
    what it would then be on average. ``changing`` counts items that are right in some orders and wrong in
    others; ``test`` is Cochran's Q."""

    names: tuple[str, ...]
    accuracies: tuple[Proportion, ...]
    spread: float
    low: float
    high: float
    by_chance: float
    changing: Proportion
    test: Homogeneity


def order_sensitivity(cells: Sequence[Cell], rule: str = FLEXIBLE) -> Orders:
    """One cell for each order, all with the same items. Raises :class:`SpecError` otherwise."""
    if len(cells) < 2 or not cells[0].items:
        raise SpecError("cells", [cell.name for cell in cells], "two orders at least, with items")
    columns = [[one.right(rule) for _, one in matched(cells[0], cell)] for cell in cells]
    table = np.array(columns, bool).T  # [item, order]
    low, high = _interval(table)
    changing = (table.any(1) & ~table.all(1)).sum()
    return Orders(
        tuple(cell.name for cell in cells),
        tuple(proportion(int(hits), len(table)) for hits in table.sum(0)),
        float(np.ptp(table.mean(0))),
        low,
        high,
        float(np.ptp(permuted_columns(table, _RESAMPLES), axis=1).mean() / len(table)),
        proportion(int(changing), len(table)),
        cochran(table),
    )


def _interval(table: np.ndarray) -> tuple[float, float]:
    count, rng = len(table), np.random.default_rng(_SEED)
    times = rng.multinomial(count, np.full(count, 1 / count), size=_RESAMPLES)  # [resample, item]
    spreads = np.ptp(times @ table.astype(float), axis=1) / count
    low, high = np.quantile(spreads, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)
