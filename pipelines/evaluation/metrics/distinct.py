"""Distinct-n (Li et al., 2016): which share of the n-grams of all texts together is different."""

from collections.abc import Iterator, Sequence

from sacrebleu.metrics import BLEU

from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.metric import TextMetric, Whole
from pipelines.evaluation.metrics.ngrams import Grams
from pipelines.evaluation.metrics.specs import MetricSettings


class Distinct(TextMetric):
    """No sums: an n-gram that two texts share counts once. A pair's value is of that text alone."""

    def __init__(self, settings: MetricSettings):
        self._order = settings.distinct_order
        self._words_of = BLEU(tokenize=settings.tokenize, lowercase=settings.lowercase)._preprocess_segment
        self._settings = settings

    @property
    def signature(self) -> str:
        case = "lower" if self._settings.lowercase else "mixed"
        return f"distinct-{self._order}|tok:{self._settings.tokenize}|case:{case}|of all texts together"

    def prepare(self, texts: Sequence[str], references: Sequence[Sequence[str]]) -> Iterator[None]:
        self._seen: Grams = Grams()
        for text in texts:
            self._seen.update(self._grams(text))
            yield

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        grams = self._grams(prediction)
        value = len(set(grams)) / len(grams) if grams else 0.0
        return Pair(
            value, (), (Count(f"different {self._order}-grams", float(len(set(grams))), float(len(grams))),)
        )

    def whole(self, sums: Sequence[float]) -> Whole:
        """``sums`` are not looked at: what was prepared is."""
        different, total = float(len(self._seen)), float(self._seen.total())
        value = different / total if total else 0.0
        again = sum(count for count in self._seen.values() if count > 1)
        counts = (
            Count(f"different {self._order}-grams", different, total),
            Count("that occur once", float(total - again), total),
        )
        return Whole(value, counts, f"{different:g} different / {total:g} {self._order}-grams = {value:.4f}")

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        """What stands in an n-gram that occurs again, here or in another text, is marked."""
        words, again = self._words(prediction), set()
        for at, gram in enumerate(self._grams(prediction)):
            if self._seen[gram] > 1:
                again.update(range(at, at + self._order))
        marks = tuple("repeated" if place in again else "" for place in range(len(words)))
        return Alignment(Marked(tuple(words), marks))

    def _words(self, text: str) -> list[str]:
        return self._words_of(text).split()

    def _grams(self, text: str) -> list[tuple[str, ...]]:
        words = self._words(text)
        return [tuple(words[at : at + self._order]) for at in range(len(words) - self._order + 1)]
