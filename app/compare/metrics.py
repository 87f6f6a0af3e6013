"""What can be drawn over what: the readings of a run by the names that people use, and the four x axes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from app.compare.curves import Curves
from app.figures.series import Series, Smoother
from app.job_panel.history import number
from pipelines.core.errors import SpecError


@dataclass(frozen=True)
class Metric:
    """``key`` is the reading's in :class:`Curves`; ``axis`` is its title with the unit."""

    name: str
    label: str
    axis: str
    key: str

    @property
    def noisy(self) -> bool:
        """One batch's reading, which a running mean makes legible; a held-out measurement stands as it is."""
        return self.key.startswith("train.") and self.key != "train.lr"


METRICS = {
    metric.name: metric
    for metric in (
        Metric("bits_per_byte", "Validation bits per byte", "bits per byte", "eval.bits_per_byte"),
        Metric("validation_loss", "Validation loss", "validation loss (nats a token)", "eval.loss"),
        Metric("training_loss", "Training loss", "training loss (nats a token)", "train.loss"),
        Metric("learning_rate", "Learning rate", "learning rate", "train.lr"),
        Metric("gradient_norm", "Gradient norm", "gradient norm", "train.grad_norm"),
        Metric("tokens_per_second", "Tokens per second", "tokens a second", "train.tokens_per_second"),
        Metric("perplexity", "Validation perplexity", "perplexity", "eval.perplexity"),
        Metric(
            "second_bits_per_byte",
            "Second corpus: bits per byte",
            "bits per byte, second corpus",
            "eval.second_bits_per_byte",
        ),
        Metric(
            "second_loss",
            "Second corpus: loss",
            "loss on the second corpus (nats a token)",
            "eval.second_loss",
        ),
    )
}
X_AXES = {
    "steps": "optimiser step",
    "tokens": "tokens seen",
    "flops": "training compute (FLOP)",
    "seconds": "seconds of training",
}
_OTHER = re.compile(r"(train|eval)\.[A-Za-z0-9_][A-Za-z0-9_./-]{0,60}")
_AXES_THEMSELVES = ("train.tokens", "train.elapsed")


def metric_named(name: object) -> Metric:
    """One of :data:`METRICS`, or any other reading as ``train.<name>`` or ``eval.<name>``."""
    if isinstance(name, str) and name in METRICS:
        return METRICS[name]
    if isinstance(name, str) and _OTHER.fullmatch(name):
        source, _, reading = name.partition(".")
        words = reading.replace("_", " ")
        return Metric(name, f"{words} ({'training' if source == 'train' else 'validation'})", words, name)
    raise SpecError(
        "metric", name, f"one of {', '.join(METRICS)}, or a run's own reading as train.<name> or eval.<name>"
    )


def offered(runs: Iterable[Curves]) -> list[Metric]:
    """The metrics that at least one of the runs has reported: the known ones first, then its own."""
    keys = dict.fromkeys(key for curves in runs for key in curves.series)
    known = [metric for metric in METRICS.values() if metric.key in keys]
    taken = {*(metric.key for metric in METRICS.values()), *_AXES_THEMSELVES}
    return known + [metric_named(key) for key in keys if key not in taken and _OTHER.fullmatch(key)]


def positions(curves: Curves, steps: Iterable[int], x: str) -> np.ndarray | None:
    """Where on the axis ``x`` the run was at these steps: [point]; None where the run does not tell.

    A validation tells only its step, so its tokens and seconds are read off the run's own line through the
    training readings, which starts at nothing. FLOPs grow with the tokens (in a run in stages not evenly
    with the steps), and reach what was planned with the last of them.
    """
    at = np.asarray(tuple(steps), np.float64)
    if x == "steps":
        return at
    if x == "seconds":
        return _between(curves.of("train.elapsed"), at)
    tokens = _between(curves.of("train.tokens"), at)
    steps, planned, flops = (number(curves.plan.get(key)) for key in ("total_steps", "tokens", "flops"))
    if tokens is None and steps and planned:
        tokens = at * (planned / steps)
    if x == "tokens":
        return tokens
    if not flops:
        return None
    if tokens is not None and planned:
        return tokens * (flops / planned)
    return at * (flops / steps) if steps else None


def line(curves: Curves, metric: Metric, x: str) -> tuple[np.ndarray, np.ndarray] | None:
    """(x[point], y[point]) of one run; None where it has no such reading or no such axis."""
    series = curves.of(metric.key)
    at = positions(curves, series.steps, x) if series.steps else None
    return None if at is None else (at, np.asarray(series.values, np.float64))


def smoothed(series: Series, share: float) -> np.ndarray:
    """The running mean over ``share`` of the run's steps so far: [point]; 0 changes nothing."""
    if share <= 0 or not series.steps:
        return np.asarray(series.values, np.float64)
    smoother, means = Smoother(span=max(1.0, share * (series.steps[-1] - series.steps[0]))), []
    for step, value in zip(series.steps, series.values, strict=True):
        smoother = smoother.fed(step, value)
        means.append(smoother.value)
    return np.asarray(means, np.float64)


def _between(known: Series, at: np.ndarray) -> np.ndarray | None:
    """The curve at these steps, straight between its points and from (0, 0) to its first."""
    if not known.steps:
        return None
    return np.interp(at, (0, *known.steps), (0.0, *known.values))
