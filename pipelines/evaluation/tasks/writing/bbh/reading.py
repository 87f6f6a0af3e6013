"""How the answer of each of BBH's tasks is found in what a model wrote: lm-evaluation-harness's filters.
Standard library only.
"""

import re

from pipelines.evaluation.filters.filter import Filter, Row, Step, Texts
from pipelines.evaluation.filters.finding import Letters, Meant, Regex
from pipelines.evaluation.filters.matching import ExactMatch
from pipelines.evaluation.tasks.writing.bbh.numbers import Numbers

FIRST, LAST = 0, -1
MATCH = ExactMatch(ignored=(r"\.$", ",", "\n", r"\\", '"'), ignore_case=True)
# The sentence that ends a worked answer, without its last sign.
GET_ANSWER = Filter("get-answer", (Regex(r"(?<=the answer is )(.*)(?=.)"),))
SENTENCE = Filter(
    "strict-match",
    (
        Regex(
            r"((?<=The answer is )(.*)(?=.)|(?<=the answer is )(.*)(?=.)|(?<=The answer: )(.*)(?=.)|"
            r"(?<=The final answer: )(.*)(?=.))"
        ),
    ),
)
WHOLE = Filter("strict-match")

_WORDS = {
    "boolean_expressions": r"\b(True|False)\b",
    "causal_judgement": r"\b(Yes|No|yes|no)\b",
    "dyck_languages": r"(?<= )([\" \[\(<{}>\)\]]+)|([\" \[\(<{}>\)\]]+)",
    "formal_fallacies": r"\b(valid|invalid)\b",
    "navigate": r"\b(Yes|No|yes|no)\b",
}
_MEANT = {
    "sports_understanding": {r"\b(no|not plausible)\b": "no", r"\b(yes|plausible)\b": "yes"},
    "web_of_lies": {
        r"\b(no|does not tell the truth|is not telling the truth)\b": "no",
        r"\b(yes|tells the truth|is telling the truth)\b": "yes",
    },
}


def flexible(part: str, group: int) -> Filter:
    """``flexible-extract``: the first answer in the text or the last, whatever stands around it."""
    return Filter("flexible-extract", (_step(part, group),))


def _step(part: str, group: int) -> Step:
    if part in _WORDS:
        return Regex(_WORDS[part], group)
    if part in _MEANT:
        return Meant(_MEANT[part], group)
    if part in ("multistep_arithmetic_two", "object_counting"):
        return Numbers(group)
    if part == "word_sorting":
        return sorted_words
    return Letters(r"(\([A-Z]\))", options, group, ignore_case=True, ignore_punctuation=True)


def options(row: Row) -> list[str]:
    """What stands behind (A), (B), … in the question."""
    return re.findall(r"\([A-Z]\)([^\n^(]*)", row["input"])


def sorted_words(texts: Texts, row: Row) -> Texts:
    """The words of the list to be sorted, in the order in which the answer has them last.

    >>> sorted_words(("oak elm: first elm, then oak",), {"input": "Sort. List: oak elm"})
    ('elm oak',)
    """
    words = row["input"].split("List:")[-1].split()
    pattern = "|".join(rf"\b{re.escape(word)}\b" for word in words)
    return tuple(_last_of_each(re.findall(pattern, text)) for text in texts)


def _last_of_each(words: list[str]) -> str:
    return " ".join(reversed(dict.fromkeys(reversed(words))))
