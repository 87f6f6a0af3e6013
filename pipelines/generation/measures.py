"""What can be said of texts by counting: how varied they are, how much they repeat, how likely they were.

No torch. All n-grams of one text are of the model's own tokens, an end token included; texts are compared
with each other by words.
"""

import math
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sacrebleu.metrics.bleu import BLEU
from sacrebleu.metrics.helpers import extract_all_word_ngrams
from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

from pipelines.generation.comparing import Measures

_REPEATED = 4  # a repetition is that of so many tokens in a row
ORDER = 4  # of BLEU: words in a row
# As in the authors' own code, an n-gram length without any match counts as a tenth of a match (Chen and
# Cherry, 2014, method 1); a text shorter than four words is scored by the lengths that it has.
SCORING = {"smooth_method": "floor", "smooth_value": 0.1, "effective_order": True}


def measures_of(
    ids: Sequence[int], text: str, log_probs: Sequence[float], judge: float = math.nan
) -> Measures:
    """Of one new text: its token ids, its visible text, the natural log-probability of every token under the
    model's raw distribution, and the judge's perplexity.

    >>> measures_of([5, 6, 5, 6], "la la", [-1.0, -1.0, -1.0, -1.0]).distinct
    (0.5, 0.6666666666666666, 1.0)
    """
    ids = [int(one) for one in ids]
    return Measures(
        tokens=len(ids),
        characters=len(text),
        perplexity=perplexity(log_probs),
        judge_perplexity=judge,
        distinct=(distinct(ids, 1), distinct(ids, 2), distinct(ids, 3)),
        repetition=repetition(ids),
    )


def perplexity(log_probs: Sequence[float]) -> float:
    """exp of the mean negative log-probability; NaN of none, infinite where a token was impossible."""
    if not len(log_probs):
        return math.nan
    surprise = -math.fsum(log_probs) / len(log_probs)
    return math.exp(surprise) if surprise < 700 else math.inf


def distinct(ids: Sequence[int], n: int) -> float:
    """Part of the n-grams that differ from each other (Li et al., 2016, who divide by the tokens; by n-grams,
    as here, 1 means that none occurs twice). NaN where there is none."""
    grams = [tuple(ids[i : i + n]) for i in range(len(ids) - n + 1)]
    return len(set(grams)) / len(grams) if grams else math.nan


def repetition(ids: Sequence[int]) -> float:
    """Part of the 4-grams that occurred before in the text; NaN where there is none."""
    return 1 - distinct(ids, _REPEATED)


class _Most(NamedTuple):
    """The largest count of an n-gram in any text, in which, and the largest in any other."""

    count: int = 0
    text: int = -1
    others: int = 0

    def beside(self, text: int) -> int:
        """The largest count in the texts that are not this one."""
        return self.others if self.text == text else self.count


def self_bleu(texts: Sequence[str]) -> float:
    """How alike texts are (Zhu et al., 2018): mean sentence BLEU-4 of each against all the others, 0 to 100;
    100 where all are the same. Texts without a word do not count; NaN where fewer than two have one.

    The texts are split by sacrebleu's ``13a`` (words and punctuation by spaces, case kept: in scripts without
    spaces a sentence is one word), the n-grams are counted here and sacrebleu's formula makes the score; to
    ask it for each text takes twenty times as long, because it counts every reference anew each time.

    >>> round(self_bleu(["the cat sat on the mat", "the cat sat on the mat"]))
    100
    """
    split = Tokenizer13a()
    counted = [extract_all_word_ngrams(split(text.rstrip()), 1, ORDER) for text in texts]
    counted = [(grams, length) for grams, length in counted if length]
    if len(counted) < 2:
        return math.nan
    most = _most([grams for grams, _ in counted])
    lengths = [length for _, length in counted]
    scores = [_score(place, grams, lengths, most) for place, (grams, _) in enumerate(counted)]
    return math.fsum(scores) / len(scores)


def _most(counted: Sequence[Counter]) -> dict[tuple[str, ...], _Most]:
    found: dict[tuple[str, ...], _Most] = {}
    for text, grams in enumerate(counted):
        for gram, count in grams.items():
            seen = found.get(gram, _Most())
            if count > seen.count:
                found[gram] = _Most(count, text, seen.count)
            elif count > seen.others:
                found[gram] = seen._replace(others=count)
    return found


def _score(place: int, grams: Counter, lengths: Sequence[int], most: dict[tuple[str, ...], _Most]) -> float:
    """BLEU of one text; its reference length is the nearest of the others', the shorter of two as near."""
    correct, total = [0] * ORDER, [0] * ORDER
    for gram, count in grams.items():
        total[len(gram) - 1] += count
        correct[len(gram) - 1] += min(count, most[gram].beside(place))
    own = lengths[place]
    others = (*lengths[:place], *lengths[place + 1 :])
    nearest = min(others, key=lambda length: (abs(length - own), length))
    return BLEU.compute_bleu(correct, total, own, nearest, **SCORING).score
