"""IFEval's instructions about how a text begins and ends, its case, its commas, its language."""

from collections.abc import Mapping
from typing import Any

from pipelines.evaluation.tasks.writing.ifeval import counting
from pipelines.evaluation.tasks.writing.ifeval.languages import is_in

Given = Mapping[str, Any]
_DIVIDER = "******"


def response_language(text: str, given: Given) -> bool:
    return is_in(text, given["language"])


def two_responses(text: str, given: Given) -> bool:
    """Two different ones, and nothing else between the dividers."""
    parts = text.split(_DIVIDER)
    if any(not part.strip() for part in parts[1:-1]):
        return False
    told = [part.strip() for part in parts if part.strip()]
    return len(told) == 2 and told[0] != told[1]


def repeat_prompt(text: str, given: Given) -> bool:
    return text.strip().lower().startswith(given["prompt_to_repeat"].strip().lower())


def end_phrase(text: str, given: Given) -> bool:
    return text.strip().strip('"').lower().endswith(given["end_phrase"].strip().lower())


def quotation(text: str, given: Given) -> bool:
    text = text.strip()
    return len(text) > 1 and text[0] == text[-1] == '"'


def capital_words(text: str, given: Given) -> bool:
    return counting.holds(counting.capital_words(text), given["capital_relation"], given["capital_frequency"])


def english_capital(text: str, given: Given) -> bool:
    return text.isupper() and is_in(text, "en")


def english_lowercase(text: str, given: Given) -> bool:
    return text.islower() and is_in(text, "en")


def no_comma(text: str, given: Given) -> bool:
    return "," not in text
