"""What was asked of texts by several metrics and what came of it: from the form to requests, one after the
other. No Gradio.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from app.errors import message_of
from app.evaluate.metrics_asking import lines_of, plain, references_of, stream
from app.identity import Visitor
from app.services import Services
from pipelines.core.errors import SpecError
from pipelines.evaluation.metrics.answers import Measured
from pipelines.evaluation.metrics.requests import RANDOMISATION, MetricRequest, References
from pipelines.evaluation.metrics.specs import KINDS, MetricSettings, named

RUNNING, DONE, STOPPED = "running", "done", "stopped"


@dataclass(frozen=True)
class Asked:
    """``against`` are the texts of a second system; empty for none."""

    metrics: tuple[str, ...]
    predictions: tuple[str, ...]
    references: References
    against: tuple[str, ...] = ()
    settings: MetricSettings = field(default_factory=MetricSettings)
    test: str = RANDOMISATION
    samples: int = 1000

    def request(self, name: str) -> MetricRequest:
        """Raises :class:`SpecError`."""
        kind = KINDS[name]
        return MetricRequest(
            name,
            self.predictions,
            self.references if kind.wanted else (),
            named(self.settings, kind),
            () if kind.together else self.against,
            self.test,
            self.samples,
        )


@dataclass(frozen=True)
class Board:
    """``rows`` has a Measured for each metric that is done, or the sentence that says why there is none."""

    asked: Asked
    rows: dict[str, Measured | str] = field(default_factory=dict)
    state: str = RUNNING
    loading: str = ""

    @property
    def found(self) -> list[Measured]:
        return [row for row in self.rows.values() if isinstance(row, Measured)]

    def named(self, name: object) -> Measured | None:
        """That metric's, or the first there is."""
        row = self.rows.get(str(name))
        return row if isinstance(row, Measured) else next(iter(self.found), None)


def asked_of(predictions: object, references: object, against: object, metrics: Any, **more: Any) -> Asked:
    """From what the form holds; raises :class:`SpecError`."""
    names = tuple(name for name in KINDS if name in (metrics or ()))
    if not names:
        raise SpecError("metrics", "none", "one or more")
    wanted = references_of(references)
    said = lines_of(predictions, len(wanted))
    if not any(KINDS[name].wanted for name in names):
        wanted, said = (), lines_of(predictions)
    second = lines_of(against, len(said)) if str(against or "").strip() else ()
    asked = Asked(names, said, wanted, second, **more)
    asked.request(next((name for name in names if KINDS[name].wanted), names[0]))  # checks itself
    return asked


def measuring(services: Services, visitor: Visitor, asked: Asked) -> Iterator[Board]:
    """The board after every metric. One that cannot be measured says why, and the others go on."""
    board = Board(asked)
    yield board
    for name in asked.metrics:
        try:
            for event in stream(services, visitor, asked.request(name)):
                if isinstance(event, Measured):
                    board = replace(board, rows={**board.rows, name: event})
                else:
                    yield replace(board, loading=event.model)
        except Exception as error:
            board = replace(board, rows={**board.rows, name: message_of(error)})
        yield board
    yield replace(board, state=DONE)


def as_json(board: Board) -> dict[str, Any]:
    """All figures with all their counts."""
    asked = board.asked
    return {
        "predictions": list(asked.predictions),
        "references": [list(each) for each in asked.references],
        "against": list(asked.against),
        "settings": asked.settings.__dict__,
        "metrics": [plain(found) for found in board.found],
    }
