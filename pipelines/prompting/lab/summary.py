"""What a run has found so far: its cells graded by the chosen way of reading, and the figures of all of them.
Reading another way asks no model again. Torch-free.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from pathlib import Path
from typing import Any

from pipelines.core.errors import NotFoundError
from pipelines.core.files import read_json
from pipelines.prompting.calls import Item, Outcome
from pipelines.prompting.extraction.findings import findings
from pipelines.prompting.extraction.reading import FLEXIBLE, Reading
from pipelines.prompting.lab.questions import reading_of
from pipelines.prompting.lab.records import FOLDER, READING, Record, read_cell, read_items
from pipelines.prompting.measures.accuracy import accuracy
from pipelines.prompting.measures.comparison import Comparison, compare, holm
from pipelines.prompting.measures.cost import Prices, cost
from pipelines.prompting.measures.graded import Cell, Graded, grade
from pipelines.prompting.measures.pareto import points
from pipelines.prompting.measures.verdict import sentence
from pipelines.prompting.measures.votes import calibration
from pipelines.prompting.specs import Answers, PromptLabSpec


@dataclass(frozen=True)
class Results:
    """``cells`` and ``records`` stand in the order of the spec's grid; those of a run under way hold the
    items that are done."""

    spec: PromptLabSpec
    items: tuple[Item, ...]
    reading: Reading
    cells: tuple[Cell, ...]
    records: tuple[tuple[Record, ...], ...]

    @property
    def prices(self) -> Prices:
        return Prices(self.spec.price_prompt, self.spec.price_written)

    @cached_property
    def odd(self) -> tuple[str, ...]:
        """What is strange about the data or the responses, so that a low share is not laid to the model."""
        responses = [one.response for records in self.records for one in records if not one.error]
        return tuple(one.text for one in findings(self.reading, self.items, responses))

    def item(self, name: str) -> Item:
        found = next((item for item in self.items if item.id == name), None)
        if found is None:
            raise NotFoundError(f"There is no item {name[:60]!r} in this run.")
        return found

    def traces(self, item: str) -> list[tuple[Cell, Record, Graded]]:
        """Of one item, every cell that has it."""
        return [
            (cell, record, graded)
            for cell, records in zip(self.cells, self.records, strict=True)
            for record, graded in zip(records, cell.items, strict=True)
            if record.item == item
        ]


def results_in(job: Path, spec: PromptLabSpec, answers: Answers | None = None) -> Results | None:
    """Of a run's folder; None before it has written its items. ``answers`` reads them another way."""
    folder = job / FOLDER
    items = tuple(read_items(folder))
    if not items:
        return None
    told = None if answers else read_json(folder / READING)
    reading = Reading(**told) if told else reading_of(answers or spec.answers, items)
    by_id = {item.id: item for item in items}
    cells, records = [], []
    for number, place in enumerate(spec.cells()):
        found = tuple(read_cell(folder, number))
        records.append(found)
        graded = tuple(_graded(by_id[record.item], reading, record) for record in found)
        cells.append(Cell(spec.title(place), graded))
    return Results(spec, items, reading, tuple(cells), tuple(records))


def pairs(cells: Sequence[Cell], rule: str = FLEXIBLE) -> list[Comparison]:
    """Every pair on the items that both have, p-values adjusted for their number (Holm)."""
    found = [compare(*_common(*pair), rule) for pair in combinations(cells, 2)]
    found = [one for one in found if one.items]
    adjusted = holm([one.paired.p_value for one in found])
    return [dataclasses.replace(one, adjusted=value) for one, value in zip(found, adjusted, strict=True)]


def said(results: Results, rule: str = FLEXIBLE) -> str:
    """One sentence out of the numbers, of the first model, prompt and decoding that have what it needs; empty
    where no direct cell stands beside one that reasons."""
    for group in _groups(results):
        direct, cot = group.get("direct"), group.get("cot") or group.get("few_shot_cot")
        if direct and cot and direct.items and cot.items:
            votes = group.get("self_consistency")
            asked = [cell for cell in (direct, cot, votes if votes and votes.items else None) if cell]
            return sentence(*_all_common(asked), rule=rule)
    return ""


def as_json(results: Results, rule: str = FLEXIBLE) -> dict[str, Any]:
    """For an endpoint, a download and a script."""
    places = list(results.spec.cells())
    fronts = {point.name: point for point in points(results.cells, rule)}
    told = [
        _cell(results, cell, results.spec.strategies[place.strategy].name, place, fronts.get(cell.name), rule)
        for cell, place in zip(results.cells, places, strict=True)
    ]
    return {
        "kind": results.reading.kind,
        "rule": rule,
        "items": len(results.items),
        "sentence": said(results, rule),
        "findings": list(results.odd),
        "strategies": told,
        "paired": [_pair(one) for one in pairs(results.cells, rule)],
    }


def _cell(results: Results, cell: Cell, strategy: str, place: Any, point: Any, rule: str) -> dict[str, Any]:
    found, spent = accuracy(cell), cost(cell, results.prices, rule)
    told = {
        "cell": cell.name,
        "strategy": strategy,
        "model": place.model,
        "prompt": place.prompt,
        "decoding": place.decoding,
        "items": len(cell.items),
        "failed": found.failed,
    }
    if not cell.items:
        return told | {"accuracy": None, "interval": None}
    share = found.shares[rule]
    told |= {"accuracy": share.share, "interval": [share.low, share.high]}
    told |= {"by_rule": {name: dataclasses.asdict(one) for name, one in found.shares.items()}}
    told |= {"unread": dict(found.unread), "tokens": point.tokens, "seconds": point.seconds}
    told |= {"prompt_tokens": sum(one.prompt_tokens for one in cell.items)}
    told |= {"completion_tokens": sum(one.completion_tokens for one in cell.items)}
    told |= {"best_for_tokens": point.best_for_tokens, "best_for_seconds": point.best_for_seconds}
    told |= {"cost": dataclasses.asdict(spent) if spent.total else None}
    voted = calibration(cell.items)
    return told | {"votes": {"share": voted.share, "ece": voted.ece} if voted.items else None}


def _pair(found: Comparison) -> dict[str, Any]:
    return {
        "first": found.first,
        "second": found.second,
        "items": found.items,
        **dataclasses.asdict(found.paired),
        "adjusted_p_value": found.adjusted,
        "verdict": found.verdict,
        "differences": [dataclasses.asdict(one) for one in found.differences],
    }


def _graded(item: Item, reading: Reading, record: Record) -> Graded:
    outcome = Outcome(record.response, record.votes)
    return dataclasses.replace(
        grade(item, reading, outcome, (), record.error),
        prompt_tokens=record.prompt_tokens,
        completion_tokens=record.written_tokens,
        seconds=record.seconds,
    )


def _groups(results: Results) -> Iterator[dict[str, Cell]]:
    """Strategy → cell, of each model, prompt and decoding; of two of a name the first."""
    found: dict[tuple[Any, ...], dict[str, Cell]] = {}
    for cell, place in zip(results.cells, results.spec.cells(), strict=True):
        group = found.setdefault((place.model, place.prompt, place.decoding), {})
        group.setdefault(results.spec.strategies[place.strategy].name, cell)
    yield from found.values()


def _common(first: Cell, second: Cell) -> tuple[Cell, Cell]:
    return _all_common([first, second])


def _all_common(cells: Sequence[Cell]) -> Any:
    """The cells with the items that all of them have, in the order of the first."""
    shared = set.intersection(*({one.item for one in cell.items} for cell in cells))
    return tuple(Cell(c.name, tuple(one for one in c.items if one.item in shared)) for c in cells)
