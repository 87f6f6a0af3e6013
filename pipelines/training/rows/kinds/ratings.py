"""By how much one answer of a pair was better, where a row says it. Standard library only."""

from collections.abc import Callable
from typing import Any

from pipelines.training.rows.kinds.base import Role, RowFault, Values, kind_of


def is_number(value: Any) -> bool:
    return number(value) is not None


def number(value: Any) -> float | None:
    """A number, also as a text of CSV."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except ValueError:
        return None
    return found if abs(found) < float("inf") else None


def margin_of(values: Values) -> float:
    """The margin itself, else the difference of the two ratings, else 0."""
    if values.get("margin") is not None:
        return _needed(values, "margin")
    if values.get("chosen_rating") is None or values.get("rejected_rating") is None:
        return 0.0
    return _needed(values, "chosen_rating") - _needed(values, "rejected_rating")


def _needed(values: Values, role: str) -> float:
    found = number(values[role])
    if found is None:
        raise RowFault(f"{role} is {kind_of(values[role])}; a number is accepted")
    return found


def _role(name: str, names: tuple[str, ...], help: str, fits: Callable = is_number) -> Role:
    return Role(name, (name, *names), fits, help, required=False)


RATINGS = (
    _role("margin", ("strength",), "By how much the first was preferred, as a number."),
    _role(
        "chosen_rating",
        ("score_chosen", "chosen_score", "rating_chosen"),
        "A rating of the first; with the other's it gives the margin.",
    ),
    _role(
        "rejected_rating", ("score_rejected", "rejected_score", "rating_rejected"), "A rating of the second."
    ),
)
