"""The choices of a question and the letter of the right one, in the forms in which tables have them. Standard
library only.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.prompting.tasks.own.texts import as_text

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SIGN = re.compile(r"^\(?([A-Z])[).:]\s*")
_ONE = re.compile(r"\(?([A-Za-z])\)?[).]?")


def choices_of(value: Any) -> tuple[str, ...]:
    """From a list of texts or of ``{"label", "text"}``, the Hub's ``{"text": […]}``, JSON in a cell, or texts
    between | or ; or on lines. Signs such as ``A)`` are taken off. Empty for nothing.

    >>> choices_of("red | green"), choices_of(["A) 5", "B) 7"]), choices_of({"text": ["x", "y"], "label": []})
    (('red', 'green'), ('5', '7'), ('x', 'y'))
    """
    return _unsigned([as_text(choice) for choice in _listed(value)])


def letter_of(answer: str, choices: Sequence[str]) -> str:
    """The letter of an answer that is a letter or the text of one of the choices; empty where it is neither,
    or several.

    >>> letter_of("(b)", ("x", "y")), letter_of("y", ("x", "y")), letter_of("z", ("x", "y"))
    ('B', 'B', '')
    """
    one = _ONE.fullmatch(answer)
    if one and LETTERS.index(one[1].upper()) < len(choices) and answer not in choices:
        return one[1].upper()
    bare = [_bare(choice) for choice in choices]
    if bare.count(_bare(answer)) == 1:
        return LETTERS[bare.index(_bare(answer))]
    return one[1].upper() if one and LETTERS.index(one[1].upper()) < len(choices) else ""


def _listed(value: Any) -> list:
    if isinstance(value, str):
        return _of_cell(value.strip())
    if isinstance(value, Mapping):
        value = value.get("text", list(value.values()))
    if isinstance(value, (list, tuple)):
        return [one.get("text", one) if isinstance(one, Mapping) else one for one in value]
    return [] if value is None else [value]


def _of_cell(text: str) -> list:
    if text[:1] in "[{" and text:
        try:
            return _listed(json.loads(text))
        except (ValueError, RecursionError):
            pass
    separator = next((sign for sign in ("\n", "|", ";") if sign in text), None)
    return [part for part in text.split(separator) if part.strip()] if separator else [text] if text else []


def _unsigned(choices: list[str]) -> tuple[str, ...]:
    """Without ``A)``, ``(B)``, ``C.``, where each choice has its own."""
    signs = [_SIGN.match(choice) for choice in choices]
    if choices and all(sign and sign[1] == LETTERS[i % 26] for i, sign in enumerate(signs)):
        return tuple(
            choice[sign.end() :].strip() for choice, sign in zip(choices, signs, strict=True) if sign
        )
    return tuple(choices)


def _bare(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(".")
