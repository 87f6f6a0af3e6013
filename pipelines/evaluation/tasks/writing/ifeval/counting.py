"""Words, sentences and words in capitals, counted as IFEval counts them: by NLTK. Where its Punkt model for
sentences is not on this machine, the house's rules take its place. Knows no instruction.
"""

import re
from functools import cache

from pipelines.common.sentences import sentences_of

LESS, AT_LEAST = RELATIONS = ("less than", "at least")


def holds(count: int, relation: str, wanted: int) -> bool:
    return count < wanted if relation == LESS else count >= wanted


def words(text: str) -> int:
    """Runs of letters, digits and low lines; ``don't`` is two."""
    return len(re.findall(r"\w+", text))


def sentences(text: str) -> int:
    """A line's end is none: Punkt goes by punctuation, so the house's rules are shown no lines."""
    punkt = _punkt()
    return len(punkt.tokenize(text) if punkt else sentences_of(" ".join(text.split())))


def capital_words(text: str) -> int:
    """NLTK's tokens that are in capitals throughout; one with hyphens is one.

    >>> capital_words("NASA, the U.S. agency, is A-OK. I AGREE!")
    5
    """
    from nltk.tokenize.destructive import NLTKWordTokenizer  # late: it is large

    return sum(token.isupper() for token in NLTKWordTokenizer().tokenize(text))


def told_by() -> str:
    """What divides sentences on this machine."""
    return "Punkt" if _punkt() else "the app's rules"


@cache
def _punkt():
    from nltk.tokenize.punkt import PunktTokenizer

    try:
        return PunktTokenizer("english")
    except LookupError:
        return None
