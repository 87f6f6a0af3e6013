"""What an annotator says of a pair as they saw it, checked; left and right become a and b here."""

import math
from dataclasses import dataclass, replace
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_text, check_whole
from pipelines.preferences.records import Choice, Vote
from pipelines.preferences.specs import MAX_NOTE, MAX_TEXT, TAGS

CHOICES = ("left", "right", "tie", "both_bad", "skip")
_MAX_SECONDS = 86_400.0


@dataclass(frozen=True)
class Ballot:
    """``choice`` is one of :data:`CHOICES`, ``strength`` 1 to 3, ``tags`` some of ``TAGS``; ``edited`` is a
    better text than both, ``seconds`` how long they looked. Raises SpecError for anything else."""

    choice: str
    strength: int = 1
    tags: tuple[str, ...] = ()
    note: str = ""
    edited: str = ""
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.choice not in CHOICES:
            raise SpecError("choice", self.choice, f"one of {', '.join(CHOICES)}")
        check_whole("strength", self.strength, 1, 3)
        check_text("note", self.note, MAX_NOTE)
        check_text("edited", self.edited, MAX_TEXT)
        for name, value in (
            ("tags", _tags(self.tags)),
            ("note", clean(self.note)),
            ("edited", clean(self.edited)),
        ):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "seconds", _seconds(self.seconds))

    def about(self, flipped: bool) -> Choice:
        """``flipped``: text b stood on the left."""
        if self.choice in ("left", "right"):
            return Choice.A if (self.choice == "left") != flipped else Choice.B
        return Choice(self.choice)

    def on(self, vote: Vote) -> Vote:
        """That vote, saying this. The time that it took stays."""
        said = {name: getattr(self, name) for name in ("strength", "tags", "note", "edited")}
        return replace(vote, choice=self.about(vote.flipped), **said)


def clean(text: str) -> str:
    """Half of a surrogate pair and the null character, which no database keeps, become a question mark."""
    return text.replace("\0", "?").encode("utf-8", "replace").decode()


def _tags(tags: Any) -> tuple[str, ...]:
    """In the order of ``TAGS``, so that the same ones are equal."""
    given = tags if isinstance(tags, list | tuple) else [tags]
    for one in given:
        if one not in TAGS:
            raise SpecError("tags", one, f"some of {', '.join(TAGS)}")
    return tuple(one for one in TAGS if one in given)


def _seconds(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if not number or value < 0:
        raise SpecError("seconds", value, "a number of at least 0")
    return float(min(value, _MAX_SECONDS))
