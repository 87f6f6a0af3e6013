"""IFEval's instructions about words and letters that must or must not be there. Words are taken literally and
whatever their case. Standard library only.
"""

import re
from collections.abc import Mapping
from typing import Any

from pipelines.evaluation.tasks.writing.ifeval.counting import holds

Given = Mapping[str, Any]


def existence(text: str, given: Given) -> bool:
    """Anywhere, within another word too."""
    return all(_places(word, text) for word in given["keywords"])


def frequency(text: str, given: Given) -> bool:
    return holds(len(_places(given["keyword"].strip(), text)), given["relation"], given["frequency"])


def forbidden_words(text: str, given: Given) -> bool:
    """Only as words of their own."""
    patterns = (rf"\b{re.escape(word)}\b" for word in given["forbidden_words"])
    return not any(re.search(pattern, text, re.IGNORECASE) for pattern in patterns)


def letter_frequency(text: str, given: Given) -> bool:
    """Any sign that the row names. lm-evaluation-harness draws a letter instead where it is no letter of the
    alphabet; two published rows ask for ! and #."""
    letter = given["letter"].strip().lower()
    return holds(text.lower().count(letter), given["let_relation"], given["let_frequency"])


def _places(word: str, text: str) -> list[str]:
    return re.findall(re.escape(word), text, re.IGNORECASE)
