"""How well answers fit what was wanted: of labels, of names in texts, of answers to questions.

All figures are shares from 0 to 1. Knows nothing of models. scikit-learn and seqeval compute what they have.
"""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation)

Words = Sequence[str]


def accuracy(wanted: Words, given: Words) -> float:
    """The share that is the same.

    >>> accuracy(["a", "b", "b", "a"], ["a", "b", "a", "a"])
    0.75
    """
    from sklearn.metrics import accuracy_score  # slow to import: only where it is used

    return float(accuracy_score(wanted, given))


def macro_f1(wanted: Words, given: Words) -> float:
    """The mean of the F1 of each label that occurs: a rare one counts as much as a common one.

    >>> round(macro_f1(["a", "a", "a", "b"], ["a", "a", "b", "b"]), 3)
    0.733
    """
    from sklearn.metrics import f1_score

    return float(f1_score(wanted, given, average="macro", zero_division=0.0))


@dataclass(frozen=True)
class EntityScores:
    """A name counts only when its first word, its last word and its type are right. ``types`` has the F1 of
    each type that occurs."""

    precision: float
    recall: float
    f1: float
    types: Mapping[str, float] = field(default_factory=dict)


def entity_scores(wanted: Sequence[Words], given: Sequence[Words]) -> EntityScores:
    """Tags in the strict BIO scheme, one list a sentence, as seqeval counts them: a name that does not begin
    with ``B-`` is none.

    >>> found = entity_scores([["B-person", "I-person", "O", "B-place"]], [["B-person", "O", "O", "B-place"]])
    >>> found.precision, found.recall, found.types
    (0.5, 0.5, {'person': 0.0, 'place': 1.0})
    """
    from seqeval.metrics import classification_report
    from seqeval.scheme import IOB2

    told = [list(map(list, side)) for side in (wanted, given)]
    if not any(tag != "O" for side in told for tags in side for tag in tags):
        return EntityScores(0.0, 0.0, 0.0)
    report = classification_report(*told, mode="strict", scheme=IOB2, output_dict=True, zero_division=0)
    averages = {name: report.pop(name) for name in list(report) if name.endswith(" avg")}
    micro = averages["micro avg"]
    types = {name: float(scores["f1-score"]) for name, scores in report.items()}
    return EntityScores(float(micro["precision"]), float(micro["recall"]), float(micro["f1-score"]), types)


@dataclass(frozen=True)
class EntityCounts:
    """Of one sentence: names that are ``right``, that were ``given``, that were ``wanted``. Sums of these
    over sentences give the F1 of any choice of sentences, as an interval by drawing needs it."""

    right: int
    given: int
    wanted: int

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.given + self.wanted) if self.given + self.wanted else 0.0


def entity_counts(wanted: Words, given: Words) -> EntityCounts:
    """
    >>> entity_counts(["B-person", "O", "B-place"], ["B-person", "O", "I-place"])
    EntityCounts(right=1, given=1, wanted=2)
    """
    sides = [set(entities(tags)) for tags in (wanted, given)]
    return EntityCounts(len(sides[0] & sides[1]), len(sides[1]), len(sides[0]))


def entities(tags: Words) -> list[tuple[str, int, int]]:
    """(type, first word, word after the last) of each name in strict BIO.

    >>> entities(["B-person", "I-person", "I-place", "O", "B-place"])
    [('person', 0, 2), ('place', 4, 5)]
    """
    found: list[tuple[str, int, int]] = []
    for place, tag in enumerate(tags):
        prefix, _, type_ = tag.partition("-")
        if prefix == "B":
            found.append((type_, place, place + 1))
        elif prefix == "I" and found and found[-1][0] == type_ and found[-1][2] == place:
            found[-1] = (type_, found[-1][1], place + 1)
    return found


def squad_normalised(answer: str) -> str:
    """As SQuAD compares answers: small letters, no punctuation, no articles, single spaces.

    >>> squad_normalised("The  Snow-Man's hat.")
    'snowmans hat'
    """
    return " ".join(_ARTICLES.sub(" ", answer.lower().translate(_PUNCTUATION)).split())


def exact_match(wanted: Words, given: str) -> float:
    """1 if the answer is one of those wanted, else 0. None wanted means that there is no answer.

    >>> exact_match(["the sun", "the moon"], "The Moon!"), exact_match([], ""), exact_match([], "the sun")
    (1.0, 1.0, 0.0)
    """
    return float(squad_normalised(given) in {squad_normalised(answer) for answer in wanted or [""]})


def token_f1(wanted: Words, given: str) -> float:
    """The overlap in words with the nearest of the answers wanted.

    >>> round(token_f1(["the full moon rose"], "full moon"), 3), token_f1([], ""), token_f1(["sun"], "")
    (0.8, 1.0, 0.0)
    """
    return max(_overlap(squad_normalised(answer).split(), given) for answer in wanted or [""])


def _overlap(wanted: list[str], given: str) -> float:
    found = squad_normalised(given).split()
    if not wanted or not found:
        return float(wanted == found)
    shared = sum((Counter(wanted) & Counter(found)).values())
    return 2 * shared / (len(wanted) + len(found))
