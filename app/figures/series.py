"""Points of a curve: appended as they come, rewound when a run resumes, thinned so that a page stays light.

Pure Python on tuples: knows no figure, no job and no page.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

MAX_POINTS = 600
_BUCKETS = 250


@dataclass(frozen=True)
class Series:
    """``steps[i] → values[i]`` with rising steps; at most :data:`MAX_POINTS` points."""

    steps: tuple[int, ...] = ()
    values: tuple[float, ...] = ()

    def extended(self, points: Iterable[tuple[int, float | None]], limit: int = MAX_POINTS) -> "Series":
        """With more points, thinned beyond ``limit``. A step that is not past the last one takes back what
        came after it (a resumed run repeats the steps since its checkpoint); a missing value is left out.

        >>> Series((1, 2, 3), (9.0, 8.0, 7.0)).extended([(2, 5.0), (3, None)])
        Series(steps=(1, 2), values=(9.0, 5.0))
        """
        steps, values = list(self.steps), list(self.values)
        for step, value in points:
            while steps and steps[-1] >= step:
                steps.pop(), values.pop()
            if value is not None and math.isfinite(value):
                steps.append(step)
                values.append(value)
        return thinned(Series(tuple(steps), tuple(values)), limit, limit * _BUCKETS // MAX_POINTS)

    def before(self, step: int) -> "Series":
        """The points of earlier steps."""
        kept = sum(1 for s in self.steps if s < step)
        return Series(self.steps[:kept], self.values[:kept])

    @property
    def last(self) -> float | None:
        return self.values[-1] if self.values else None


def thinned(series: Series, limit: int = MAX_POINTS, buckets: int = _BUCKETS) -> Series:
    """The same curve in fewer points: per equal span of steps the lowest and the highest stay, and the ends.

    Equal spans of steps (not of points) keep the density even when thinning is repeated as a run grows.
    """
    if len(series.steps) <= limit:
        return series
    first, last = series.steps[0], series.steps[-1]
    width = (last - first + 1) / buckets
    groups: dict[int, list[int]] = {}
    for i, step in enumerate(series.steps):
        groups.setdefault(int((step - first) / width), []).append(i)
    kept = {0, len(series.steps) - 1}
    for group in groups.values():
        kept |= {min(group, key=series.values.__getitem__), max(group, key=series.values.__getitem__)}
    order = sorted(kept)
    return Series(tuple(series.steps[i] for i in order), tuple(series.values[i] for i in order))


@dataclass(frozen=True)
class Smoother:
    """An exponential mean over steps, without the pull towards zero at the start (as in Adam).

    ``span`` is in steps: a value counts 1/e after that many. ``total / weight`` is the mean.
    """

    span: float = 10.0
    step: int = 0
    total: float = 0.0
    weight: float = 0.0

    def fed(self, step: int, value: float) -> "Smoother":
        keep = math.exp(-max(1, step - self.step) / max(self.span, 1e-9))
        return Smoother(
            self.span, step, keep * self.total + (1 - keep) * value, keep * self.weight + 1 - keep
        )

    def resumed(self, step: int, mean: float | None) -> "Smoother":
        """Ready for ``step`` again, after a run went back: goes on from the mean that stood before it."""
        return Smoother(self.span) if mean is None else Smoother(self.span, step - 1, mean, 1.0)

    @property
    def value(self) -> float | None:
        return self.total / self.weight if self.weight else None
