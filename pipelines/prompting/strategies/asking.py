"""What a strategy is given, and the few helpers that all of them use. Knows no strategy and no model.

>>> joined("The answer is", "8.")
'The answer is 8.'
>>> joined("Let's think.", "\\nFirst 7 + 5.")
"Let's think.\\nFirst 7 + 5."
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipelines.core.fields import check, knob
from pipelines.prompting.calls import Call, Item, Message, Outcome

STEPWISE = "Let's think step by step."
NEXT_EXAMPLE = "\nQ:"  # where a model that was shown examples begins to make up another one
_MOST_SAID = 4000


class Builder(Protocol):
    """Makes the messages of one item: system, examples, the item in its template, the instruction in its
    place; the last message is the user's.

    ``instruction`` is said as it stands (braces in it are no variables) and may be empty.
    ``with_rationales``: examples show their worked solutions. ``question`` stands in the item's place, in the
    same template; None is the item's own. ``shots``: so many examples at most, None for as many as are
    wanted; 0 where something else than the answer is asked for, which they do not show. The same arguments
    bring the same messages, each time."""

    def __call__(
        self, instruction: str, with_rationales: bool, question: str | None, shots: int | None = None
    ) -> tuple[Message, ...]: ...


class Tool(Protocol):
    """``does`` says in few words what it does. A call returns text, that of a failure included."""

    does: str

    def __call__(self, given: str) -> str: ...


@dataclass(frozen=True)
class Decoding:
    """How a model is to draw. A strategy that needs chance has a temperature of its own."""

    temperature: float = knob(
        0.0, label="Temperature", low=0, high=2, step=0.05, help="0 takes the likeliest token, always."
    )
    top_p: float = knob(
        1.0, label="Top-p", low=0.01, high=1, step=0.01,
        help="Draw from the fewest tokens that hold this probability; 1 keeps all.",
    )  # fmt: skip
    max_new_tokens: int = knob(
        256, label="New tokens", low=1, high=8192, step=1, help="So many tokens at most for each answer."
    )
    seed: int = knob(0, label="Seed", low=0, high=2**31 - 1, step=1, help="The same seed, the same draws.")
    stop: tuple[str, ...] = knob(
        (), label="Stop markers", high=4, max_chars=80,
        help="Every answer ends before the first of these, besides the strategy's own markers.",
    )  # fmt: skip

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Asking:
    """One item for one strategy. ``settings`` are the strategy's own. ``extract`` brings a response to its
    answer in normal form, empty where none is found; ``tools`` are name → tool."""

    item: Item
    build: Builder
    settings: Any
    decoding: Decoding = field(default_factory=Decoding)
    extract: Callable[[str], str] = str.strip
    tools: Mapping[str, Tool] = field(default_factory=dict)


@dataclass(frozen=True)
class Most:
    """The most that one item takes: calls, answers drawn in them, and rounds, each of which waits for the
    replies of the one before."""

    calls: int
    samples: int
    rounds: int


class Asker:
    """Makes the calls of one item, numbered in the order in which they are made, and keeps what was read in
    their replies: :meth:`read` is told once for each call, in the same order."""

    def __init__(self, asking: Asking, strategy: str):
        self._asking, self._strategy = asking, strategy
        self._number, self._parsed = 0, []

    def __call__(
        self,
        messages: tuple[Message, ...],
        purpose: str = "answer",
        *,
        begun: str = "",
        stop: tuple[str, ...] = (),
        samples: int = 1,
        temperature: float | None = None,
    ) -> Call:
        decoding, number = self._asking.decoding, self._number
        self._number += 1
        return Call(
            messages=messages,
            purpose=purpose,
            begun=begun,
            stop=tuple(dict.fromkeys((*stop, *decoding.stop))),
            samples=samples,
            temperature=decoding.temperature if temperature is None else temperature,
            top_p=decoding.top_p,
            max_new_tokens=decoding.max_new_tokens,
            seed=seed_of(decoding.seed, self._asking.item.id, self._strategy, number),
        )

    def read(self, *parsed: Any) -> None:
        """What the next replies were taken for: JSON values."""
        self._parsed += parsed

    def outcome(self, response: str, votes: tuple[tuple[str, int], ...] = (), **details: Any) -> Outcome:
        return Outcome(response, votes, details | {"parsed": self._parsed})


def seed_of(seed: int, item: str, strategy: str, number: int) -> int:
    """Of one call, from 0 to 2³¹ − 1: the same on every machine, another for every call.

    >>> seed_of(0, "a", "cot", 0) == seed_of(0, "a", "cot", 0) != seed_of(0, "a", "cot", 1)
    True
    """
    digest = hashlib.sha256(json.dumps([seed, item, strategy, number]).encode()).digest()
    return int.from_bytes(digest[:4], "big") >> 1


def joined(begun: str, text: str) -> str:
    """An answer with how it was begun. Some endpoints cut the space with which a model goes on."""
    together = begun and text and not begun[-1].isspace() and (text[0].isalnum() or text[0] in "-$([\"'")
    return f"{begun} {text}" if together else begun + text


def said(text: str) -> Message:
    """An answer of the model as a turn of the conversation; templates and endpoints refuse empty ones."""
    return Message("assistant", text.strip() or "(nothing)")


def words(default: str, label: str, help: str, **more: Any) -> Any:
    """The field of a text that the visitor may change."""
    return knob(default, label=label, help=help, max_chars=_MOST_SAID, **more)


def own_temperature(default: float = 0.7) -> Any:
    """The field of a strategy that needs draws which differ."""
    return knob(
        default, label="Temperature of the draws", low=0.05, high=2, step=0.05,
        help="Takes the place of the decoding temperature where several answers are drawn.",
    )  # fmt: skip


def worked_examples() -> Any:
    return knob(
        False, label="Worked examples", help="The examples of the prompt show their steps, if it has any."
    )
