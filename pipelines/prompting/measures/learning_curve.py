"""The curve of in-context learning: accuracy against the number of examples, with true, shuffled and flipped
labels. Whether examples help is measured against none; whether their labels do, against the true ones
(Min et al. 2022, "Rethinking the Role of Demonstrations").
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.common.proportions import Proportion
from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole
from pipelines.prompting.extraction.reading import FLEXIBLE
from pipelines.prompting.measures.accuracy import share
from pipelines.prompting.measures.comparison import Comparison, compare
from pipelines.prompting.measures.graded import Cell

TRUE = "true"


@dataclass(frozen=True)
class Run:
    """The items answered after ``shots`` examples with these ``labels``; without examples they are the same
    for all labels, and one run stands for all."""

    labels: str
    shots: int
    cell: Cell

    def __post_init__(self) -> None:
        check_whole("shots", self.shots, 0)


@dataclass(frozen=True)
class CurvePoint:
    """``against_none`` compares with no examples, ``against_true`` with as many examples with true labels;
    None where there is no such run or it is the run itself."""

    labels: str
    shots: int
    accuracy: Proportion
    against_none: Comparison | None
    against_true: Comparison | None


def learning_curve(runs: Sequence[Run], rule: str = FLEXIBLE) -> list[CurvePoint]:
    """By labels, in the order in which they first come, and by shots; each line begins at the run without
    examples if there is one. Raises :class:`SpecError` for two runs of one kind, or different items."""
    known = {(run.labels if run.shots else "", run.shots): run.cell for run in runs}
    if len(known) < len(runs):
        raise SpecError("runs", len(runs), "one run of each labels and number of shots, one without shots")
    none = known.get(("", 0))
    lines = dict.fromkeys(labels for labels, shots in known if shots) or ({TRUE: None} if none else {})
    found = []
    for line in lines:
        if none:
            found.append(CurvePoint(line, 0, share(none, rule), None, None))
        for labels, shots in sorted(known, key=lambda key: key[1]):
            if labels == line and shots:
                found.append(_point(known, labels, shots, none, rule))
    return found


def _point(
    known: dict[tuple[str, int], Cell], labels: str, shots: int, none: Cell | None, rule: str
) -> CurvePoint:
    cell, true = known[labels, shots], known.get((TRUE, shots))
    return CurvePoint(
        labels,
        shots,
        share(cell, rule),
        compare(none, cell, rule) if none else None,
        compare(true, cell, rule) if true and labels != TRUE else None,
    )
