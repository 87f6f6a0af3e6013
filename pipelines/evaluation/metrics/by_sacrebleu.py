"""What the metrics of sacrebleu have in common here: pairs one by one, and a signature of all of them."""

from collections.abc import Iterator, Sequence

from sacrebleu.metrics.base import Metric

from pipelines.evaluation.metrics.metric import TextMetric

_DIFFERENT = -1  # sacrebleu's word for pairs with different numbers of references


class SacrebleuMetric(TextMetric):
    """``_metric`` is sacrebleu's, which is told how many references there are: it sees one pair at a time."""

    _metric: Metric
    _numbers: frozenset[int] = frozenset()

    def prepare(self, texts: Sequence[str], references: Sequence[Sequence[str]]) -> Iterator[None]:
        self._numbers = frozenset(map(len, references))
        yield from ()

    @property
    def signature(self) -> str:
        self._metric.num_refs = next(iter(self._numbers)) if len(self._numbers) == 1 else _DIFFERENT
        return str(self._metric.get_signature())

    def statistics(self, prediction: str, references: Sequence[str]) -> list[float]:
        (found,) = self._metric._extract_corpus_statistics([prediction], [[one] for one in references])
        return [float(value) for value in found]
