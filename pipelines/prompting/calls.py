"""What the parts of the prompt lab hand to each other: an item to solve, a call to a model and what came
back, and what a strategy makes of them. Knows no model, no file and no page. Standard library only.

A strategy is a generator: it yields the calls that it wants answered now, all at once, receives their replies
in the same order, and returns its outcome. Who drives it may put the calls of many items into one batch, keep
the replies, and give them again after a restart: the same calls come in the same order.
"""

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Item:
    """One labelled question. ``choices`` are the options of a multiple-choice question, in their order, and
    ``answer`` is then the letter of the right one. ``fields`` are the columns that a template may name;
    ``rationale`` is a worked solution, for examples that show their steps."""

    id: str
    question: str
    answer: str
    choices: tuple[str, ...] = ()
    rationale: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Message:
    """``role`` is ``system``, ``user`` or ``assistant``."""

    role: str
    content: str


@dataclass(frozen=True)
class Call:
    """One question to a model. ``begun`` is how its answer begins: the model goes on from there. The answer
    ends before the first of ``stop``. ``temperature`` 0 is greedy, and then all samples are the same.
    ``purpose`` says in a trace what it is for: ``answer``, ``vote``, ``critique`` …"""

    messages: tuple[Message, ...]
    purpose: str = "answer"
    begun: str = ""
    stop: tuple[str, ...] = ()
    samples: int = 1
    temperature: float = 0.0
    top_p: float = 1.0
    max_new_tokens: int = 256
    seed: int = 0


@dataclass(frozen=True)
class Text:
    """One answer, without ``begun`` and without the marker at which it stopped. ``finish`` is ``end`` (the
    model ended it), ``stop`` (at a marker) or ``length``."""

    text: str
    tokens: int
    finish: str


@dataclass(frozen=True)
class Reply:
    """What a call brought: as many texts as samples were asked for, or ``error`` and none."""

    texts: tuple[Text, ...]
    prompt_tokens: int
    seconds: float
    error: str = ""

    @property
    def text(self) -> str:
        return self.texts[0].text if self.texts else ""

    @property
    def tokens(self) -> int:
        """Prompt and answers, as they are paid for: the prompt once."""
        return self.prompt_tokens + sum(text.tokens for text in self.texts)


@dataclass(frozen=True)
class Outcome:
    """``response`` is the text in which the answer stands. ``votes`` are (response, how many chose it) of a
    strategy that votes. ``details`` are JSON values for its view: the tree of thoughts, the steps of
    ReAct."""

    response: str
    votes: tuple[tuple[str, int], ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)


Program = Generator[tuple[Call, ...], tuple[Reply, ...], Outcome]
