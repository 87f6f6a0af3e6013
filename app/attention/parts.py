"""What the parts of the Attention tab share: what is looked at, and how a part is shown."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipelines.attention.answers import Captured
from pipelines.attention.requests import Subject

QUIET = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class Seen:
    """A text in a model, captured; what every part of the tab is about."""

    subject: Subject
    captured: Captured


@dataclass(frozen=True)
class Part:
    """A part of the tab, laid out already. ``show(visitor, seen, *values of inputs)`` gives a value for each
    output, ``seen`` being None before anything was captured. ``triggers`` are events of the part's own inputs
    after which it is shown anew; ``examples`` (if any) are events whose value is a text to look at."""

    outputs: Sequence[Any]
    show: Callable[..., Sequence[Any]]
    inputs: Sequence[Any] = field(default=())
    triggers: Sequence[Any] = field(default=())
    examples: Sequence[Any] = field(default=())
