"""The leaderboard: models down, tasks as they were put across. Pure; standard library only."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.evaluation.records import Metric
from pipelines.evaluation.results.records import Result


@dataclass(frozen=True)
class Column:
    """All results of a column have this ``setup``: the same ``count`` items, put in the same way. ``models``
    is how many have one."""

    setup: str
    task: str
    title: str
    kind: str
    metrics: tuple[Metric, ...]
    count: int
    settings: Mapping[str, Any]
    models: int

    @property
    def metric(self) -> Metric:
        """The leading one."""
        return self.metrics[0]


@dataclass(frozen=True)
class Row:
    """``results`` are by the setup of a column; a model need not be in all."""

    model: str
    results: Mapping[str, Result]


@dataclass(frozen=True)
class Board:
    """Columns are by task, of the same one that with the most models first. Rows are by the leading figure in
    the first column, the best first, then those that are not in it, by the second, and so on."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def result(self, model: str, setup: str) -> Result | None:
        return next((row.results.get(setup) for row in self.rows if row.model == model), None)


def board_of(results: Iterable[Result]) -> Board:
    """Of a model that was asked the same twice, as where the files of a folder have changed, the newest."""
    newest: dict[str, dict[str, Result]] = {}
    for one in sorted(results, key=lambda one: one.created):
        newest.setdefault(one.model, {})[one.setup] = one
    columns = _columns(newest)
    rows = [Row(model, found) for model, found in newest.items()]
    return Board(columns, tuple(sorted(rows, key=lambda row: _rank(row, columns))))


def _columns(newest: Mapping[str, Mapping[str, Result]]) -> tuple[Column, ...]:
    every = {setup: one for found in newest.values() for setup, one in found.items()}
    models = Counter(setup for found in newest.values() for setup in found)
    columns = [
        Column(setup, one.task, one.title, one.kind, one.metrics, one.count, one.settings, models[setup])
        for setup, one in every.items()
    ]
    return tuple(sorted(columns, key=lambda one: (one.title, one.task, -one.models, -one.count, one.setup)))


def _rank(row: Row, columns: Iterable[Column]) -> tuple[Any, ...]:
    """Sorts the best first; a figure that is not there sorts behind all."""
    ranks = []
    for column in columns:
        result = row.results.get(column.setup)
        figure = result.figure() if result else None
        sign = -1 if column.metric.higher_is_better else 1
        ranks.append((figure is None, sign * figure.value if figure else 0.0))
    return (*ranks, row.model)
