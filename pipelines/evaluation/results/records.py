"""What is kept of an evaluation: how one model did on one task (:class:`Result`), and what became of each
item (a JSON line each). Knows no folder. Standard library only.
"""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipelines.evaluation.records import Figure, Metric, Option, Outcome

Figures = tuple[Figure, ...]


@dataclass(frozen=True)
class Result:
    """``task`` is as it was asked, ``mmlu/anatomy``; ``kind`` is the task's, or ``text`` for language
    modelling. Results of the same ``setup`` were got on the same items in the same way, whatever the model.

    ``figures`` are in the order of ``metrics``, the leading one first; ``parts`` has those of each subset.
    ``settings`` are those that the figures depend on: num_fewshot, seed, chat, samples, judge, of language
    modelling context_length and stride, and weights where they were in fewer bits. ``whole`` is False where
    the run was stopped before all ``wanted`` items were asked. ``digest`` is of the model's files, ``reader``
    the visitor whose own file was read, empty for what everybody may read. ``created`` is in epoch seconds,
    ``seconds`` is what the asking took.
    """

    key: str
    model: str
    digest: str
    task: str
    title: str
    kind: str
    version: int
    setup: str
    settings: Mapping[str, Any]
    metrics: tuple[Metric, ...]
    figures: Figures
    parts: Mapping[str, Figures] = field(default_factory=dict)
    even: bool = False
    count: int = 0
    wanted: int = 0
    reader: str = ""
    job: str = ""
    created: float = 0.0
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        return self.count >= self.wanted

    @property
    def metric(self) -> Metric:
        """The leading one, by which the task is ranked."""
        return self.metrics[0]

    def figure(self, metric: str = "") -> Figure | None:
        """That of the whole, by the metric's name; of the leading one where none is named."""
        wanted = metric or self.metric.name
        return next((one for one in self.figures if one.metric == wanted), None)


@dataclass(frozen=True)
class Kept:
    """An item and what became of it. ``row`` is the digest of its row and part: equal ones are the same item,
    whichever file they came from; ``digest`` is of the examples before it too: what was asked. ``fields`` is
    the row."""

    row: str
    digest: str
    outcome: Outcome
    fields: Mapping[str, Any]


def line_of(kept: Kept) -> str:
    """One line of JSON, with its end. A value that is not finite is null; half of a surrogate pair, which
    JSON may hold and no file, is a question mark."""
    around = {"row": kept.row, "digest": kept.digest, "fields": kept.fields}
    text = json.dumps(plain(around | _told(kept.outcome)), ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode() + "\n"


def kept_in(line: str) -> Kept:
    """A value that is null is left out: it counts nowhere. Raises ValueError, KeyError or TypeError for what
    :func:`line_of` did not write."""
    values = json.loads(line)
    row, digest, fields = (values.pop(name) for name in ("row", "digest", "fields"))
    values["options"] = tuple(_option(one) for one in values["options"])
    values["values"] = {name: one for name, one in values["values"].items() if one is not None}
    return Kept(row, digest, Outcome(**{**values, "texts": tuple(values["texts"])}), fields)


def result_as_json(result: Result) -> dict[str, Any]:
    return plain(dataclasses.asdict(result))


def result_in(values: Mapping[str, Any]) -> Result:
    """Raises KeyError or TypeError for what :func:`result_as_json` did not make."""
    told = dict(values)
    told["metrics"] = tuple(Metric(**one) for one in told["metrics"])
    told["figures"] = _figures(told["figures"])
    told["parts"] = {part: _figures(found) for part, found in told["parts"].items()}
    return Result(**told)


def _told(outcome: Outcome) -> dict[str, Any]:
    """Shallow: ``details`` and ``fields`` are made plain later."""
    told = {one.name: getattr(outcome, one.name) for one in dataclasses.fields(outcome)}
    return told | {"options": [dataclasses.asdict(one) for one in outcome.options]}


def _option(values: Mapping[str, Any]) -> Option:
    return Option(**{**values, "log_prob": _number(values["log_prob"])})


def _figures(found: Any) -> Figures:
    return tuple(
        Figure(**{**one, "value": _number(one["value"]), "stderr": _number(one["stderr"])}) for one in found
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def plain(value: Any) -> Any:
    """As JSON can say it; what it cannot (a date of a data set) is told in words."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value.tolist() if hasattr(value, "tolist") else str(value)
