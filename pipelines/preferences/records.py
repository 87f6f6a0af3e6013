"""What people say of two texts: rounds, pairs, votes. Standard library only.

A vote is about the texts themselves, ``a`` and ``b``, never about left and right: who saw them the other way
round has ``flipped`` set, and the page translates.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pipelines.preferences.specs import RoundSpec

NO_NUMBER = -1  # of a prompt that is none of its round's


class Choice(StrEnum):
    A = "a"
    B = "b"
    TIE = "tie"
    BOTH_BAD = "both_bad"
    SKIP = "skip"


class Kind(StrEnum):
    """Who or what voted: a person, a model with a constitution, or a rule that a program checks."""

    HUMAN = "human"
    JUDGE = "judge"
    PROGRAM = "program"


@dataclass(frozen=True)
class Message:
    """``role`` is ``system``, ``user`` or ``assistant``; most prompts are one message of the user."""

    role: str
    content: str


@dataclass(frozen=True)
class Round:
    """Pairs that are collected together. ``code`` opens it to annotators who are handed its link; ``open``
    says whether votes are still taken. Times are seconds since the epoch."""

    id: str
    owner: str
    title: str
    code: str
    spec: RoundSpec
    open: bool
    created: float


@dataclass(frozen=True)
class Pair:
    """Two answers to one prompt. ``settings_a`` and ``settings_b`` are decoding settings as plain values;
    ``repeats`` is the id of the pair that this one shows again, to measure consistency; ``origin`` is
    ``generated``, ``edited``, ``ranked`` or the name of the format it was imported from; ``group`` joins the
    pairs that come of one ranking."""

    id: str
    round: str
    prompt: tuple[Message, ...]
    text_a: str
    text_b: str
    model_a: str = ""
    model_b: str = ""
    settings_a: dict[str, Any] = field(default_factory=dict)
    settings_b: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    repeats: str = ""
    origin: str = "generated"
    group: str = ""
    created: float = 0.0
    extra: dict[str, Any] = field(default_factory=dict)  # what an imported row had besides

    @property
    def question(self) -> str:
        """The last thing that the user says."""
        return next((one.content for one in reversed(self.prompt) if one.role == "user"), "")


@dataclass(frozen=True)
class Served:
    """A pair as one annotator sees it: ``left`` and ``right`` are its texts, b and a where ``flipped``.
    Names of models are left out on purpose."""

    pair: str
    round: str
    annotator: str
    prompt: tuple[Message, ...]
    left: str
    right: str
    flipped: bool
    created: float


@dataclass(frozen=True)
class Vote:
    """``annotator`` is a visitor's id, ``model:<name>`` of a judge, ``program:<name>`` of a rule; ``name`` is
    how they are shown. ``strength`` is 1 (a little), 2 or 3 (much); ``edited`` a better text than both, or
    empty; ``seconds`` the time between serving and voting, 0 where nobody measured it."""

    id: str
    pair: str
    annotator: str
    choice: Choice
    kind: Kind = Kind.HUMAN
    name: str = ""
    strength: int = 1
    tags: tuple[str, ...] = ()
    note: str = ""
    edited: str = ""
    flipped: bool = False
    seconds: float = 0.0
    created: float = 0.0


@dataclass(frozen=True)
class Annotator:
    """``visitor`` is the visitor's id, ``name`` what the round's owner sees. Who has not ``consented`` does
    not vote."""

    visitor: str
    name: str
    consented: bool


@dataclass(frozen=True)
class Progress:
    """Repetitions are left out of ``pairs``, ``votes`` and ``wanted`` (so many votes are asked for in all);
    a skipped pair is no vote. ``mine`` are the visitor's own votes and skips."""

    pairs: int
    votes: int
    wanted: int
    mine: int
    annotators: int


@dataclass(frozen=True)
class Making:
    """A pair that is being written, blind: ``left`` and ``right`` as far as they are. ``loading`` names no
    model; it says whether one is being read. ``pair`` is the id when it is ``done``, and open for a vote."""

    prompt: tuple[Message, ...]
    left: str = ""
    right: str = ""
    loading: bool = False
    done: bool = False
    pair: str = ""


@dataclass(frozen=True)
class Answer:
    """One of several answers to a prompt. ``settings`` are decoding settings as plain values; they and the
    model are empty for a text that was brought along."""

    text: str
    model: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Several:
    """Answers that are being written, in an order by chance: their models are for the server alone. ``seed``
    is what theirs were made of, ``number`` the prompt's place in the round, or NO_NUMBER."""

    prompt: tuple[Message, ...]
    answers: tuple[Answer, ...] = ()
    seed: int = 0
    number: int = NO_NUMBER
    loading: bool = False
    done: bool = False
