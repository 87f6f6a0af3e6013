"""METEOR (Banerjee and Lavie, 2005), by nltk's three stages of matching: as they are, by stem, by synonym."""

from collections.abc import Sequence
from functools import cache
from importlib.metadata import version
from typing import Any

from nltk.corpus import wordnet
from nltk.stem.porter import PorterStemmer
from nltk.tokenize import NLTKWordTokenizer
from nltk.translate import meteor_score as nltk_meteor

from pipelines.evaluation.metrics.answers import Alignment, Count, Marked, Pair
from pipelines.evaluation.metrics.metric import MeanMetric, check_units
from pipelines.evaluation.metrics.specs import SPACES, MetricSettings

_ALPHA, _BETA, _GAMMA = 0.9, 3.0, 0.5  # nltk's
_MOST_WORDS = 2000
_STAGES = ("exact", "stem", "synonym")
_MISSING = (
    "WordNet is not installed here, so synonyms do not match: put nltk's corpus “wordnet” into nltk_data "
    "to have them count."
)
Link = tuple[int, int, str]


class _NoWords:
    """A WordNet without a word in it."""

    def synsets(self, word: str) -> list[Any]:
        return []


@cache
def has_wordnet() -> bool:
    try:
        wordnet.ensure_loaded()
    except LookupError:
        return False
    return True


class Meteor(MeanMetric):
    """Statistics: the value; matches of each stage; words of the prediction and of the reference; chunks; 1.
    Of several references the best counts."""

    def __init__(self, settings: MetricSettings):
        self._synonyms = settings.synonyms and has_wordnet()
        self._spaces = settings.meteor_words == SPACES
        self._wordnet: Any = wordnet if self._synonyms else _NoWords()
        self.note = _MISSING if settings.synonyms and not self._synonyms else ""

    @property
    def signature(self) -> str:
        words, synonyms = ("spaces" if self._spaces else "treebank"), ("yes" if self._synonyms else "no")
        return (
            f"nltk {version('nltk')}|words:{words}|synonyms:{synonyms}|alpha:{_ALPHA}|beta:{_BETA}|"
            f"gamma:{_GAMMA}|mean of pairs"
        )

    def pair(self, prediction: str, references: Sequence[str]) -> Pair:
        return max((self._one(prediction, one) for one in references), key=lambda pair: pair.value)

    def counts(self, sums: Sequence[float], pairs: float = 1.0) -> tuple[Count, ...]:
        *stages, said, wanted, chunks = sums
        both = sum(stages)
        names = ("as they are", "by stem", "by synonym")
        return (
            *(Count(f"matched {name}", count) for name, count in zip(names, stages, strict=True)),
            Count("matched, of the prediction's words", both, said),
            Count("matched, of the reference's words", both, wanted),
            Count("chunks of neighbours", chunks),
        )

    def alignment(self, prediction: str, references: Sequence[str]) -> Alignment:
        values = [self._one(prediction, one).value for one in references]
        number = values.index(max(values))
        said, wanted = self._words(prediction), self._words(references[number])
        links = self._links(said, wanted)
        marks, theirs = {at: how for at, _, how in links}, {there: how for _, there, how in links}
        return Alignment(
            Marked(tuple(said), tuple(marks.get(place, "") for place in range(len(said)))),
            Marked(tuple(wanted), tuple(theirs.get(place, "") for place in range(len(wanted)))),
            number,
            tuple(links),
        )

    def _one(self, prediction: str, reference: str) -> Pair:
        said, wanted = self._words(prediction), self._words(reference)
        check_units("METEOR", max(len(said), len(wanted)), _MOST_WORDS)
        links = self._links(said, wanted)
        chunks = nltk_meteor._count_chunks([link[:2] for link in links]) if links else 0
        value, mean, penalty = _score(len(links), len(said), len(wanted), chunks)
        stages = [float(sum(how == stage for _, _, how in links)) for stage in _STAGES]
        counted = (*stages, float(len(said)), float(len(wanted)), float(chunks))
        counts = (*self.counts(counted), Count("F mean", mean), Count("penalty", penalty))
        return Pair(value, (value, *counted, 1.0), counts)

    def _links(self, said: list[str], wanted: list[str]) -> list[Link]:
        """Each stage matches what the one before it left."""
        left, right = nltk_meteor._generate_enums(said, wanted)
        links: list[Link] = []
        stages = (
            nltk_meteor._match_enums,
            lambda one, two: nltk_meteor._enum_stem_match(one, two, PorterStemmer()),
            lambda one, two: nltk_meteor._enum_wordnetsyn_match(one, two, self._wordnet),
        )
        for how, match in zip(_STAGES, stages, strict=True):
            found, left, right = match(left, right)
            links += [(at, there, how) for at, there in found]
        return sorted(links)

    def _words(self, text: str) -> list[str]:
        return text.split() if self._spaces else NLTKWordTokenizer().tokenize(text)


def _score(matches: int, said: int, wanted: int, chunks: int) -> tuple[float, float, float]:
    """The value, the weighted mean of precision and recall, and the penalty."""
    if not matches:
        return 0.0, 0.0, 0.0
    precision, recall = matches / said, matches / wanted
    mean = precision * recall / (_ALPHA * precision + (1 - _ALPHA) * recall)
    penalty = _GAMMA * (chunks / matches) ** _BETA
    return (1 - penalty) * mean, mean, penalty
