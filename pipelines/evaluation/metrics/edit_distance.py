"""Edit distance in words or characters: of all texts together the word or character error rate."""

from collections.abc import Sequence

from pipelines.evaluation.metrics.answers import Alignment, Count, Pair
from pipelines.evaluation.metrics.edits import KEPT, aligned, edit_counts, way
from pipelines.evaluation.metrics.metric import TextMetric, Whole, check_units
from pipelines.evaluation.metrics.specs import WORDS, MetricSettings

_MOST = 3000  # units of a text: the table of a pair has as many cells as the square


class EditDistance(TextMetric):
    """Statistics: edits to the nearest reference, and that one's units."""

    def __init__(self, settings: MetricSettings):
        self._unit, self._lower = settings.unit, settings.lowercase

    @property
    def signature(self) -> str:
        return (
            f"Levenshtein|unit:{self._unit}|case:{'lower' if self._lower else 'mixed'}|per unit of reference"
        )

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        _, wanted, steps = self._nearest(prediction, references)
        edits = len(steps) - steps.count(KEPT)
        value = edits / len(wanted) if wanted else float(edits > 0)
        counts = (*edit_counts(steps), Count(f"{self._unit} of the reference", float(len(wanted))))
        return Pair(value, (float(edits), float(len(wanted))), counts)

    def whole(self, sums: Sequence[float]) -> Whole:
        edits, units = map(float, sums)
        value = edits / units if units else float(edits > 0)
        counts = (Count("edits", edits), Count(f"{self._unit} of the references", units))
        return Whole(value, counts, f"{edits:g} edits / {units:g} {self._unit} = {value:.4f}")

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        number, wanted, steps = self._nearest(prediction, references)
        return aligned(self._units(prediction), wanted, steps, number, " " if self._unit == WORDS else "")

    def _nearest(self, prediction: str, references: Sequence[str]) -> tuple[int, list[str], str]:
        """The number of the reference that takes the fewest edits for its length, its units, and the way."""
        said, each = self._units(prediction), [self._units(one) for one in references]
        check_units("edit distance", max(map(len, (said, *each))), _MOST)
        ways = [way(said, one) for one in each]
        rates = [
            (len(steps) - steps.count(KEPT)) / max(1, len(one)) for steps, one in zip(ways, each, strict=True)
        ]
        best = rates.index(min(rates))
        return best, each[best], ways[best]

    def _units(self, text: str) -> list[str]:
        text = text.lower() if self._lower else text
        return text.split() if self._unit == WORDS else list(text)
