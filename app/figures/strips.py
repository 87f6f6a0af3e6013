"""Distributions as strips: every value a dot on a common scale, the mean with its interval below. Values in,
SVG out; colours are the page's variables, so a strip follows light and dark. Knows no Gradio.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from pipelines.common.intervals import Interval

HEIGHT = 34  # pixels; the width is the cell's
_WIDE = 10  # the largest over the smallest from which a scale is logarithmic
_EDGE = 4  # percent that stay free on both sides, for dots at the ends
_DOTS = (5, 20)  # pixels from the top between which dots are spread
_MEAN = 28
_GOLDEN = 0.618034  # multiples of it, less their whole part, lie evenly and in no visible order


@dataclass(frozen=True)
class Scale:
    """From values to places; ``low`` and ``high`` stand at its ends."""

    low: float
    high: float
    log: bool = False

    def at(self, value: float) -> float:
        """Percent of the width, from the left."""
        low, high, here = self.low, self.high, min(max(value, self.low), self.high)
        if self.log:
            low, high, here = math.log(low), math.log(high), math.log(here)
        part = (here - low) / (high - low) if high > low else 0.5
        return _EDGE + (100 - 2 * _EDGE) * part


def scale_of(values: Iterable[float]) -> Scale | None:
    """From the smallest to the largest that is finite, logarithmic where they are far apart; None of none."""
    known = [float(value) for value in values if math.isfinite(value)]
    if not known:
        return None
    low, high = min(known), max(known)
    return Scale(low, high, log=low > 0 and high / low > _WIDE)


def strip_svg(values: Sequence[float], scale: Scale, found: Interval, label: str) -> str:
    """Dots for what is finite, a tick at the mean, a bar over its interval; ``label`` says it in words.

    A dot is a line of no length with round ends: its stroke keeps its size however wide the strip is drawn.
    """
    known = [float(value) for value in values if math.isfinite(value)]
    top, bottom = _DOTS
    heights = [top + (bottom - top) * (i * _GOLDEN % 1) for i in range(len(known))]
    dots = "".join(
        f"M{scale.at(value):.1f} {height:.0f}h0" for value, height in zip(known, heights, strict=True)
    )
    return (
        f'<svg class="gw-strip" viewBox="0 0 100 {HEIGHT}" preserveAspectRatio="none" height="{HEIGHT}" '
        f'role="img" aria-label="{escape(label)}"><path class="gw-strip-dots" d="{dots}"/>'
        f"{_mean(scale, found)}</svg>"
    )


def _mean(scale: Scale, found: Interval) -> str:
    if not found.count:
        return ""
    tick = f'<path class="gw-strip-mean" d="M{scale.at(found.mean):.1f} {_MEAN - 5}v10"/>'
    if not math.isfinite(found.low):
        return tick
    bar = f"M{scale.at(found.low):.1f} {_MEAN}H{scale.at(found.high):.1f}"
    return f'<path class="gw-strip-interval" d="{bar}"/>{tick}'
