"""IFEval's instructions about length, parts and marks: paragraphs, sections, lists, titles, JSON. Standard
library only.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from pipelines.evaluation.tasks.writing.ifeval import counting

Given = Mapping[str, Any]
_FENCES = ("```json", "```Json", "```JSON", "```")
_STOPS = frozenset(".,?!'\"")
_POSTSCRIPTS = {"P.P.S": r"p\.\s?p\.\s?s", "P.S.": r"p\.\s?s\."}
_ANSWERS = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def number_sentences(text: str, given: Given) -> bool:
    return counting.holds(counting.sentences(text), given["relation"], given["num_sentences"])


def number_words(text: str, given: Given) -> bool:
    return counting.holds(counting.words(text), given["relation"], given["num_words"])


def number_paragraphs(text: str, given: Given) -> bool:
    """Divided by ***; one at the beginning or the end divides nothing, an empty one between two fails."""
    parts = re.split(r"\s?\*\*\*\s?", text)
    if any(not part.strip() for part in parts[1:-1]):
        return False
    ends = (parts[0], parts[-1]) if len(parts) > 1 else parts
    return len(parts) - sum(not part.strip() for part in ends) == given["num_paragraphs"]


def first_word(text: str, given: Given) -> bool:
    """So many paragraphs, divided by an empty line, and the one of this number begins with the word."""
    parts = text.split("\n\n")
    count = sum(bool(part.strip()) for part in parts)
    place = int(given["nth_paragraph"])
    if not 1 <= place <= count or not (part := parts[place - 1].strip()):
        return False
    return count == given["num_paragraphs"] and _begins(part) == given["first_word"].lower()


def _begins(paragraph: str) -> str:
    word = paragraph.split()[0].lstrip("'").lstrip('"')
    end = next((at for at, sign in enumerate(word) if sign in _STOPS), len(word))
    return word[:end].lower()


def placeholders(text: str, given: Given) -> bool:
    return len(re.findall(r"\[.*?\]", text)) >= given["num_placeholders"]


def postscript(text: str, given: Given) -> bool:
    marker = given["postscript_marker"].strip()
    return bool(re.search(_POSTSCRIPTS.get(marker, re.escape(marker.lower())), text.lower()))


def bullet_lists(text: str, given: Given) -> bool:
    """Exactly so many; ``**bold**`` at a line's beginning is none."""
    stars = re.findall(r"^\s*\*[^\*].*$", text, re.MULTILINE)
    dashes = re.findall(r"^\s*-.*$", text, re.MULTILINE)
    return len(stars) + len(dashes) == given["num_bullets"]


def constrained_response(text: str, given: Given) -> bool:
    return any(answer in text for answer in _ANSWERS)


def highlighted(text: str, given: Given) -> bool:
    """``*so*`` and ``**so**``."""
    single = [hit.strip("*") for hit in re.findall(r"\*[^\n\*]*\*", text)]
    double = [hit[2:-2] for hit in re.findall(r"\*\*[^\n\*]*\*\*", text)]
    return sum(bool(hit.strip()) for hit in (*single, *double)) >= given["num_highlights"]


def sections(text: str, given: Given) -> bool:
    marker = re.escape(given["section_spliter"].strip())
    return len(re.findall(rf"\s?{marker}\s?\d+\s?", text)) >= given["num_sections"]


def json_format(text: str, given: Given) -> bool:
    text = text.strip()
    for fence in _FENCES:
        text = text.removeprefix(fence)
    try:
        json.loads(text.removesuffix("```").strip())
    except (ValueError, RecursionError):
        return False
    return True


def title(text: str, given: Given) -> bool:
    return any(hit.lstrip("<").rstrip(">").strip() for hit in re.findall(r"<<[^\n]+>>", text))
