"""What a comparison is asked for: checked for the page, for a link and for the API alike."""

from dataclasses import dataclass
from typing import Any

from app.compare.metrics import X_AXES, metric_named
from pipelines.core.errors import SpecError
from pipelines.core.fields import check, from_dict, knob, to_dict
from pipelines.core.ids import is_id

MAX_RUNS = 8


@dataclass(frozen=True)
class ComparisonSpec:
    """``runs`` are job ids in the order in which they get their letters."""

    runs: tuple[str, ...] = knob(
        (),
        label="Runs",
        help="Two to eight; the first is the one that the others are held against.",
        high=MAX_RUNS,
    )
    metric: str = knob("bits_per_byte", label="Metric", help="What the runs have reported.", max_chars=80)
    x: str = knob("steps", label="Over", help="What the runs are lined up by.", choices=tuple(X_AXES))
    smoothing: float = knob(
        0.01,
        label="Smoothing",
        help="Span of the running mean, as a share of the run; 0 is off.",
        low=0,
        high=0.1,
        step=0.005,
    )
    log_x: bool = knob(False, label="Logarithmic x", help="Equal ratios take equal room along.")
    log_y: bool = knob(False, label="Logarithmic y", help="Equal ratios take equal room upward.")

    def __post_init__(self) -> None:
        check(self)
        metric_named(self.metric)
        object.__setattr__(self, "runs", tuple(dict.fromkeys(self.runs)))  # a run stands once
        for run in self.runs:
            if not is_id(run):
                raise SpecError("runs", run, "job ids as /jobs lists them")

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ComparisonSpec":
        return from_dict(cls, values)

    def to_dict(self) -> dict[str, Any]:
        return to_dict(self)
