"""ROUGE (Lin, 2004), by Google's rouge-score: F1 of the reference that has the highest, mean over pairs."""

from collections.abc import Sequence
from importlib.metadata import version

from rouge_score.rouge_scorer import RougeScorer, _lcs_table
from rouge_score.scoring import Score
from rouge_score.tokenizers import DefaultTokenizer

from pipelines.common.sentences import sentences_of
from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.metric import MeanMetric, check_units
from pipelines.evaluation.metrics.ngrams import covered, marks_of, matched, ngrams
from pipelines.evaluation.metrics.specs import FOUND, MetricSettings

_MOST_WORDS = 600  # of ROUGE-L: the table of a pair has as many cells as the square


class Rouge(MeanMetric):
    """Statistics: F1, precision, recall, 1. ``kind`` is ``rouge1`` … ``rouge9``, ``rougeL`` or
    ``rougeLsum``."""

    def __init__(self, settings: MetricSettings, kind: str):
        self._kind, self._settings = kind, settings
        self._tokenizer = DefaultTokenizer(settings.stemmer)
        self._scorer = RougeScorer([kind], tokenizer=self._tokenizer)

    @property
    def signature(self) -> str:
        lines = f"|sentences:{self._settings.sentences}" if self._kind == "rougeLsum" else ""
        stems = "yes" if self._settings.stemmer else "no"
        return f"rouge-score {version('rouge_score')}|{self._kind}|stemmer:{stems}{lines}|F1, mean of pairs"

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        if self._kind.startswith("rougeL"):
            longest = max(len(one.split()) for one in (prediction, *references))
            check_units("ROUGE-L", longest, _MOST_WORDS)
        number, score = self._best(prediction, references)
        said, wanted = self._words(prediction), self._words(references[number])
        shares = Count("precision", score.precision), Count("recall", score.recall)
        counts = (*self._matches(score, said, wanted), *shares)
        return Pair(score.fmeasure, (score.fmeasure, score.precision, score.recall, 1.0), counts)

    def counts(self, sums: Sequence[float], pairs: float = 1.0) -> tuple[Count, ...]:
        return Count("precision, mean", sums[0] / pairs), Count("recall, mean", sums[1] / pairs)

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        """Of ROUGE-Lsum one longest common run of the whole texts, which may be shorter than what is
        counted."""
        number, _ = self._best(prediction, references)
        said, wanted = self._words(prediction), self._words(references[number])
        if not self._order:
            return _aligned(said, wanted, number)
        marks = marks_of(covered(said, _of_order(wanted, self._order), self._order))
        theirs = marks_of(covered(wanted, _of_order(said, self._order), self._order))
        return Alignment(Marked(tuple(said), marks), Marked(tuple(wanted), theirs), number)

    @property
    def _order(self) -> int:
        """The n of ROUGE-n; 0 for ROUGE-L."""
        return int(self._kind[5:]) if self._kind[5:].isdigit() else 0

    def _best(self, prediction: str, references: Sequence[str]) -> tuple[int, Score]:
        scores = [
            self._scorer.score(self._lines(one), self._lines(prediction))[self._kind] for one in references
        ]
        number = max(range(len(scores)), key=lambda at: scores[at].fmeasure)
        return number, scores[number]

    def _matches(self, score: Score, said: list[str], wanted: list[str]) -> tuple[Count, ...]:
        if not self._order:
            length = round(score.precision * len(said))
            return (
                Count("words in common, of the prediction's", float(length), float(len(said))),
                Count("words in common, of the reference's", float(length), float(len(wanted))),
            )
        both, all_said = matched(said, ngrams(wanted, self._order), self._order)[-1]
        all_wanted = max(0, len(wanted) - self._order + 1)
        name = f"{self._order}-grams in common"
        return (
            Count(f"{name}, of the prediction's", float(both), float(all_said)),
            Count(f"{name}, of the reference's", float(both), float(all_wanted)),
        )

    def _words(self, text: str) -> list[str]:
        return self._tokenizer.tokenize(text)

    def _lines(self, text: str) -> str:
        if self._kind != "rougeLsum" or self._settings.sentences != FOUND:
            return text
        return "\n".join(text[start:end].replace("\n", " ") for start, end in sentences_of(text))


def _of_order(words: list[str], order: int) -> dict[tuple[str, ...], int]:
    return {gram: count for gram, count in ngrams(words, order).items() if len(gram) == order}


def _aligned(said: list[str], wanted: list[str], number: int) -> Alignment:
    """One longest common subsequence, from the end on as rouge-score reads it out."""
    table, links = _lcs_table(wanted, said), []
    at, there = len(said), len(wanted)
    while at and there:
        if wanted[there - 1] == said[at - 1]:
            at, there = at - 1, there - 1
            links.append((at, there, "exact"))
        elif table[there][at - 1] > table[there - 1][at]:
            at -= 1
        else:
            there -= 1
    links.reverse()
    return Alignment(
        Marked(tuple(said), _marks(len(said), {at for at, _, _ in links})),
        Marked(tuple(wanted), _marks(len(wanted), {there for _, there, _ in links})),
        number,
        tuple(links),
    )


def _marks(length: int, places: set[int]) -> tuple[str, ...]:
    return tuple("exact" if place in places else "" for place in range(length))
