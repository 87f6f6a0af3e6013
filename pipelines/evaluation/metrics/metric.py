"""What every metric is to whoever measures with it: pairs with statistics, whose sums make the figure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.evaluation.metrics.answers import Alignment, Count, Pair


@dataclass(frozen=True)
class Whole:
    """The figure of all pairs together."""

    value: float
    counts: tuple[Count, ...]
    formula: str


class TextMetric:
    """``signature`` names the implementation and its settings; ``note`` says what a reader should know."""

    signature = ""
    note = ""

    def prepare(self, texts: Sequence[str], references: Sequence[Sequence[str]]) -> Iterator[None]:
        """What is done once for all pairs; a step at a time."""
        yield from ()

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        raise NotImplementedError

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        """What of a pair counted, unit by unit: for whoever looks at it."""
        raise NotImplementedError

    def whole(self, sums: Sequence[float]) -> Whole:
        """Of the sums of the pairs' statistics."""
        raise NotImplementedError


class MeanMetric(TextMetric):
    """The whole is the mean of the pairs. Statistics: the value, what else is summed, and 1."""

    def whole(self, sums: Sequence[float]) -> Whole:
        total, *others, count = map(float, sums)
        value = total / count if count else 0.0
        formula = f"{total:.4f} / {count:.0f} pairs = {value:.4f}"
        return Whole(value, self.counts(others, count), formula)

    def counts(self, sums: Sequence[float], pairs: float = 1.0) -> tuple[Count, ...]:
        """Of the other sums over so many pairs."""
        return ()


def check_units(name: str, longest: int, most: int) -> None:
    """Raise :class:`SpecError` for a text that is too long for a metric that compares each with each."""
    if longest > most:
        raise SpecError("texts", f"one of {longest:,}", f"texts of at most {most:,} units for {name}")
