"""What the page asks the tokenizer worker before a run: how an item's prompt looks, and how much a grid is.
Frozen dataclasses, standard library and core only.
"""

from dataclasses import dataclass, field
from typing import Any

from pipelines.core.fields import check_whole


@dataclass(frozen=True)
class LookRequest:
    """→ :class:`Looked`. ``spec`` holds the fields of the lab's spec, ``cell`` is the number of a
    combination, ``item`` the place of one of the items that would be asked. ``tokenizer`` is the folder of
    the model's tokenizer (empty for a server: then there are no tokens), ``context`` its context in tokens
    (0: not known)."""

    spec: dict[str, Any]
    cell: int = 0
    item: int = 0
    tokenizer: str = ""
    context: int = 0

    def __post_init__(self) -> None:
        for name in ("cell", "item", "context"):
            check_whole(name, getattr(self, name), 0)


@dataclass(frozen=True)
class PromptPiece:
    """A token of the prompt: its characters, who says it (``template`` for what the chat template writes),
    and whether it is a control token."""

    id: int
    text: str
    role: str
    special: bool


@dataclass(frozen=True)
class Looked:
    """``messages`` are (role, text); ``text`` is what the model reads, with how its answer is ``begun``.
    ``pieces`` are its tokens; empty for a server. ``wanted`` is the item's answer, ``items`` how many are
    asked. ``left`` is the room beyond prompt and answer, None where the context is not known; ``findings``
    are things to know before a run."""

    question: str
    wanted: str
    items: int
    kind: str
    messages: tuple[dict[str, str], ...]
    text: str
    pieces: tuple[PromptPiece, ...]
    prompt_tokens: int
    max_new_tokens: int
    context: int
    left: int | None
    findings: tuple[str, ...]


@dataclass(frozen=True)
class SizeRequest:
    """→ :class:`Sized`. ``tokenizers`` and ``contexts`` are by the model's name, as in :class:`LookRequest`;
    ``parameters`` (0: not known, as of a server) are for the estimate of the time."""

    spec: dict[str, Any]
    tokenizers: dict[str, str] = field(default_factory=dict)
    contexts: dict[str, int] = field(default_factory=dict)
    parameters: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class SizedCell:
    """``prompt_tokens`` are those of all first calls, exact where ``exact``; ``most_calls`` and
    ``most_written`` bound what all items take together. ``too_long`` items do not fit the context.
    ``seconds`` is an estimate of the cell, None where nothing is known of the model's speed."""

    title: str
    prompt_tokens: int
    exact: bool
    most_calls: int
    most_written: int
    too_long: int
    seconds: float | None


@dataclass(frozen=True)
class Sized:
    """``cells`` in the order of the grid; sums are for the page to make."""

    items: int
    kind: str
    cells: tuple[SizedCell, ...]
    findings: tuple[str, ...]
