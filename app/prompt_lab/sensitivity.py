"""What in a run can be held against itself: the places of the right option, prompts and decodings that differ
in one thing, numbers of examples. Pure: results in, measures out.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from pipelines.prompting.extraction.kinds import LETTER
from pipelines.prompting.lab.summary import Results
from pipelines.prompting.measures.graded import Cell
from pipelines.prompting.measures.learning_curve import CurvePoint, Run, learning_curve
from pipelines.prompting.measures.orders import Orders, order_sensitivity
from pipelines.prompting.measures.positions import Positions, positions, trial
from pipelines.prompting.prompt.spec import PromptSpec

_PLAIN = PromptSpec()


@dataclass(frozen=True)
class Spread:
    """Cells that differ in one thing alone: ``over`` says in what, ``title`` what they share."""

    over: str
    title: str
    orders: Orders


@dataclass(frozen=True)
class Curve:
    title: str
    points: tuple[CurvePoint, ...]


def by_place(results: Results, rule: str) -> list[tuple[int, Cell, Positions]]:
    """Of multiple choice, with each cell's number from 1; nothing otherwise."""
    if results.reading.kind != LETTER:
        return []
    items = {item.id: item for item in results.items if item.choices}
    found = []
    for number, cell in enumerate(results.cells, 1):
        trials = []
        for one in cell.items:
            if item := items.get(one.item):
                letter = results.reading.key(one.marks[rule].answer, item.choices)
                trials.append(trial(item, letter))
        if trials:
            found.append((number, cell, positions(trials)))
    return found


def spreads(results: Results, rule: str) -> list[Spread]:
    """Over prompts, and over decodings, all else equal."""
    return [*_over(results, rule, "prompt"), *_over(results, rule, "decoding")]


def curves(results: Results, rule: str) -> list[Curve]:
    """Of prompts that differ in the number of examples and their answers alone."""
    found = []
    for title, group in _groups(results, "prompt"):
        runs = {}
        for place, cell in group:
            prompt = results.spec.prompts[place.prompt]
            key = (prompt.labels if prompt.shots else "", prompt.shots)
            runs.setdefault(key, Run(prompt.labels, prompt.shots, cell))
        prompts = [results.spec.prompts[place.prompt] for place, _ in group]
        if len({shots for _, shots in runs}) > 1 and len({_but_examples(one) for one in prompts}) == 1:
            found.append(Curve(title, tuple(learning_curve(list(runs.values()), rule))))
    return found


def _over(results: Results, rule: str, field: str) -> Iterator[Spread]:
    for title, group in _groups(results, field):
        named = [replace(cell, name=f"{field} {getattr(place, field) + 1}") for place, cell in group]
        yield Spread(_what(results, group, field), title, order_sensitivity(named, rule))


def _what(results: Results, group: list[tuple[Any, Cell]], field: str) -> str:
    """Prompts whose examples merely stand in another order are the classic case."""
    if field == "decoding":
        return "decodings"
    prompts = {
        replace(results.spec.prompts[place.prompt], order="chosen", order_seed=0) for place, _ in group
    }
    return "orders of the examples" if len(prompts) == 1 else "prompts"


def _groups(results: Results, field: str) -> Iterator[tuple[str, list[tuple[Any, Cell]]]]:
    """(what they share, the places and cells) that differ in ``field`` alone, on the items of all."""
    found: dict[Any, list[tuple[Any, Cell]]] = {}
    for place, cell in zip(results.spec.cells(), results.cells, strict=True):
        if cell.items:
            found.setdefault(replace(place, **{field: 0}), []).append((place, cell))
    for shared, group in found.items():
        both = set.intersection(*({one.item for one in cell.items} for _, cell in group))
        if len(group) > 1 and both:
            yield _title(results, shared, field), [(place, _only(cell, both)) for place, cell in group]


def _only(cell: Cell, items: set[str]) -> Cell:
    return Cell(cell.name, tuple(one for one in cell.items if one.item in items))


def _title(results: Results, place: Any, field: str) -> str:
    spec = results.spec
    parts = [spec.strategies[place.strategy].called]
    parts += [place.model] if len(spec.models) > 1 else []
    parts += [f"prompt {place.prompt + 1}"] if field != "prompt" and len(spec.prompts) > 1 else []
    parts += [f"decoding {place.decoding + 1}"] if field != "decoding" and len(spec.decodings) > 1 else []
    return " · ".join(parts)


def _but_examples(prompt: PromptSpec) -> PromptSpec:
    return replace(prompt, shots=0, labels=_PLAIN.labels, examples=(), choice=_PLAIN.choice)
