"""Minimal pairs: two sentences that differ in one point, and which of them the model finds likelier."""

from pipelines.evaluation.tasks.choice.columns import Fields, text
from pipelines.evaluation.tasks.choice.posing import Posed, choose

FIELDS = {
    "sentence_good": "the sentence that a speaker accepts",
    "sentence_bad": "the one that differs from it in one point and is wrong",
    "UID": "the part that the pair belongs to",
}


def pose(row: Fields) -> Posed:
    """No context: each sentence is scored as a text of its own."""
    return choose("", (text(row, "sentence_good"), text(row, "sentence_bad")), 0)


def paradigm(row: Fields) -> str:
    return str(row.get("UID") or "")
