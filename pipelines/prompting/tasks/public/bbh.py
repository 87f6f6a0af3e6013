"""BIG-Bench Hard (Suzgun et al. 2022): the names of its tasks, and its questions with their options taken
apart. Standard library only.
"""

import re
from collections.abc import Mapping
from typing import Any

TASKS = (
    "boolean_expressions",
    "causal_judgement",
    "date_understanding",
    "disambiguation_qa",
    "dyck_languages",
    "formal_fallacies",
    "geometric_shapes",
    "hyperbaton",
    "logical_deduction_five_objects",
    "logical_deduction_seven_objects",
    "logical_deduction_three_objects",
    "movie_recommendation",
    "multistep_arithmetic_two",
    "navigate",
    "object_counting",
    "penguins_in_a_table",
    "reasoning_about_colored_objects",
    "ruin_names",
    "salient_translation_error_detection",
    "snarks",
    "sports_understanding",
    "temporal_sequences",
    "tracking_shuffled_objects_five_objects",
    "tracking_shuffled_objects_seven_objects",
    "tracking_shuffled_objects_three_objects",
    "web_of_lies",
    "word_sorting",
)
_OPTIONS = re.compile(r"\n?Options:\n(?P<options>(?:\([A-Z]\)[^\n]*(?:\n|$))+)\s*$")
_OPTION = re.compile(r"\((?P<letter>[A-Z])\) ?(?P<text>[^\n]*)")


def shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """``input`` and ``target`` as question and answer, lettered options as choices. Options that are words
    (``- Yes``), and those that have not the answer among them, stay in the question."""
    question, choices, answer = parted(str(row.get("input") or ""), str(row.get("target") or ""))
    kept = {name: value for name, value in row.items() if name not in ("input", "target")}
    return kept | {"question": question, "choices": list(choices), "answer": answer}


def parted(question: str, answer: str) -> tuple[str, tuple[str, ...], str]:
    """(question without its options, options, letter), or as given and no options.

    >>> parted("Which?\\nOptions:\\n(A) red\\n(B) blue", "(B)")
    ('Which?', ('red', 'blue'), 'B')
    >>> parted("Is it?\\nOptions:\\n- Yes\\n- No", "Yes")
    ('Is it?\\nOptions:\\n- Yes\\n- No', (), 'Yes')
    """
    found = _OPTIONS.search(question)
    options = list(_OPTION.finditer(found["options"])) if found else []
    letters = [option["letter"] for option in options]
    letter = answer.strip().strip("().")
    in_order = letters == [chr(ord("A") + i) for i in range(len(letters))]
    if not found or not in_order or letter not in letters or len(letters) < 2:
        return question.strip(), (), answer.strip()
    return question[: found.start()].strip(), tuple(option["text"].strip() for option in options), letter
