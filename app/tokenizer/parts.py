"""What the parts of the Tokenizer tab share: how one is built, and what it is asked for.

A part is a module with ``build(services) -> Part``. The tab calls ``show`` of the part that is open, whenever
something that it shows may have changed, and puts its updates into ``outputs``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

QUIET = {"show_progress": "hidden", "api_visibility": "private"}


@dataclass(frozen=True)
class Text:
    """The text that stands in the tab, and the tokenizers on it; ``focus`` is the one whose details are
    shown. ``tokenizers`` may be empty, and ``focus`` then is."""

    text: str
    tokenizers: tuple[str, ...]
    focus: str
    add_special_tokens: bool


@dataclass(frozen=True)
class Part:
    """``show(visitor, text, *values of inputs)`` gives one update for each of ``outputs``; it raises a
    GlassworksError for the visitor, and the tab then shows that and leaves the part as it stands.
    ``triggers`` are events of the part's own inputs after which it is shown anew; ``examples`` are events
    whose data is a text for the text box."""

    outputs: Sequence[Any]
    show: Callable[..., Sequence[Any]]
    inputs: Sequence[Any] = field(default=())
    triggers: Sequence[Any] = field(default=())
    examples: Sequence[Any] = field(default=())
