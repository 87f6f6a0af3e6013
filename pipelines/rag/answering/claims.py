"""What an answer claims: its sentences, or all of it where it is a few words. Pure."""

import re

from pipelines.common.sentences import sentences_of

Span = tuple[int, int]

MOST = 100  # claims of an answer that are looked at
_MARKS = re.compile(r"\[\d{1,3}(?:,\s*\d{1,3})*\]")  # numbers of passages that a model may write
_REFUSES = tuple(  # one after the other: looked for in turn, so that no text makes the search long
    re.compile(rf"\b(?:{words})\b", re.I)
    for words in (
        "text|passages?|documents?|context|sources?",
        "do(?:es)? not|don['’]t|doesn['’]t|never|no(?:ne|thing)?",
        "(?:say|tell|mention|hold|contain|answer|state|specify|provide)s?",
    )
)


def claims_of(answer: str) -> list[Span]:
    """Characters of each claim; what only says that there is no answer claims nothing.

    >>> text = "The fox ran home. [1] The text does not say why. He slept!"
    >>> [text[a:b] for a, b in claims_of(text)]
    ['The fox ran home. [1]', 'He slept!']
    >>> claims_of(" … "), claims_of("a golden ball")
    ([], [(0, 13)])
    """
    found = (span for span in sentences_of(answer) if is_claim(answer[slice(*span)]))
    return list(found)[:MOST]


def is_claim(text: str) -> bool:
    return bool(re.search(r"\w", bare(text))) and not _refuses(text)


def _refuses(text: str) -> bool:
    at = 0
    for words in _REFUSES:
        found = words.search(text, at)
        if found is None:
            return False
        at = found.end()
    return True


def bare(text: str) -> str:
    """Without the numbers of passages, which are no numbers of the claim."""
    return " ".join(_MARKS.sub(" ", text).split())
