"""How well a model expected a text, as sums from which every figure follows. NumPy only.

Perplexity is by token, so it compares models of one tokenizer; what a byte or a character costs compares all.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np

NATS, TOKENS, BYTES, CHARACTERS, WORDS, UNKNOWN = range(6)  # columns of ``documents``
COLUMNS = ("nats", "tokens", "bytes", "characters", "words", "unknown")
_EXACT = 4  # the first places that have a row of their own; from there on two to a doubling
_MOST_PLACES = 80  # more than any context has
_MOST = 700.0  # nats whose exponential is a float


@dataclass(frozen=True, eq=False)
class Shown:
    """The first tokens of the first document, one row a token. ``nats`` is -ln p, NaN where nothing stands
    before the token; ``ranks`` are 1 for the likeliest, 0 for none. ``starts`` and ``ends`` are characters of
    ``text``, which reaches as far as these tokens do."""

    text: str = ""
    texts: tuple[str, ...] = ()
    ids: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    starts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    ends: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    nats: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))
    ranks: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))


@dataclass(frozen=True, eq=False)
class LanguageResult:
    """``context`` and ``stride`` as they were, in tokens. ``documents`` [document, :data:`COLUMNS`] are sums
    over each document: nats of all predicted tokens, how many those are, the bytes of UTF-8, characters and
    words that they stand for, and how many were unknown to the tokenizer. ``places`` [place, 3]: for tokens
    with so many before them in the model's sight (see :func:`place_edges`) the sum of nats, how many, and
    their bytes. ``started``: the first token had a start token before it; else it is not counted."""

    model: str
    context: int
    stride: int
    documents: np.ndarray
    places: np.ndarray
    started: bool = True
    shown: Shown = field(default_factory=Shown)

    def total(self, column: int) -> float:
        return float(self.documents[:, column].sum())

    @property
    def loss(self) -> float:
        """Cross-entropy in nats a token."""
        return self.total(NATS) / self.total(TOKENS)

    @property
    def perplexity(self) -> float:
        """Among how many tokens, all alike, a choice would be as hard."""
        return math.exp(min(self.loss, _MOST))

    @property
    def bits_per_byte(self) -> float:
        return self.total(NATS) / math.log(2) / self.total(BYTES)

    @property
    def bits_per_character(self) -> float:
        return self.total(NATS) / math.log(2) / self.total(CHARACTERS)

    @property
    def byte_perplexity(self) -> float:
        return 2**self.bits_per_byte

    @property
    def word_perplexity(self) -> float:
        """By words between white space, as lm-evaluation-harness counts them."""
        return math.exp(min(self.total(NATS) / self.total(WORDS), _MOST))

    def stderr(self, column: int) -> float:
        """The standard error of the nats by token, byte or character over documents that were drawn at
        random (the ratio of two means, linearised); NaN of a single document."""
        return ratio_error(self.documents[:, NATS], self.documents[:, column])

    def figures(self) -> dict[str, float]:
        """All of them by name; an error that is not known is left out."""
        nats = math.log(2)
        found = {
            "loss": self.loss,
            "loss_stderr": self.stderr(TOKENS),
            "perplexity": self.perplexity,
            "word_perplexity": self.word_perplexity,
            "byte_perplexity": self.byte_perplexity,
            "bits_per_byte": self.bits_per_byte,
            "bits_per_byte_stderr": self.stderr(BYTES) / nats,
            "bits_per_character": self.bits_per_character,
            "bits_per_character_stderr": self.stderr(CHARACTERS) / nats,
        }
        return {name: value for name, value in found.items() if math.isfinite(value)}

    def as_dict(self) -> dict[str, Any]:
        """JSON values; :func:`from_dict` reads them back."""
        plain = {one.name: _plain(getattr(self, one.name)) for one in fields(self) if one.name != "shown"}
        shown = {one.name: _plain(getattr(self.shown, one.name)) for one in fields(Shown)}
        return {**plain, "figures": self.figures(), "columns": list(COLUMNS), "shown": shown}


def from_dict(values: Mapping[str, Any]) -> LanguageResult:
    shown = dict(values["shown"])
    for name, kind in (("ids", np.int32), ("starts", np.int32), ("ends", np.int32), ("ranks", np.int32)):
        shown[name] = np.array(shown[name], kind)
    shown["nats"] = np.array([math.nan if one is None else one for one in shown["nats"]], np.float32)
    shown["texts"] = tuple(shown["texts"])
    return LanguageResult(
        values["model"], values["context"], values["stride"],
        np.array(values["documents"], np.float64).reshape(-1, len(COLUMNS)),
        np.array(values["places"], np.float64).reshape(-1, 3), values["started"], Shown(**shown),
    )  # fmt: skip


def merged(results: Sequence[LanguageResult]) -> LanguageResult:
    """Of documents that were measured in several goes by one model with the same settings: as of all at
    once."""
    first = results[0]
    places = np.zeros((max(len(one.places) for one in results), 3))
    for one in results:
        places[: len(one.places)] += one.places
    documents = np.concatenate([one.documents for one in results])
    return LanguageResult(
        first.model, first.context, first.stride, documents, places, first.started, first.shown
    )


def ratio_error(above: np.ndarray, below: np.ndarray) -> float:
    """The standard error of ``sum(above) / sum(below)`` over units that were drawn at random.

    >>> round(ratio_error(np.array([1.0, 2.0, 3.0]), np.ones(3)), 6)  # a mean: 1 / sqrt(3)
    0.57735
    """
    count = len(below)
    if count < 2:
        return math.nan
    residuals = above - above.sum() / below.sum() * below
    return float(math.sqrt(count / (count - 1) * (residuals**2).sum()) / below.sum())


def place_edges(count: int) -> np.ndarray:
    """Where the first ``count`` + 1 places begin, in tokens before: 1, 2, 3, 4, 6, 8, 12, 16 …

    >>> place_edges(8).tolist()
    [1, 2, 3, 4, 6, 8, 12, 16, 24]
    """
    doublings = [_EXACT * 2 ** (at // 2) * (2 + at % 2) // 2 for at in range(max(0, count + 2 - _EXACT))]
    return np.array([*range(1, _EXACT), *doublings][: count + 1])


def place_of(before: np.ndarray) -> np.ndarray:
    """The place of tokens with so many before them.

    >>> place_of(np.array([1, 3, 4, 5, 6, 1000])).tolist()
    [0, 2, 3, 3, 4, 18]
    """
    return np.searchsorted(place_edges(_MOST_PLACES), before, side="right") - 1


def _plain(value: Any) -> Any:
    """Arrays as lists of numbers of six digits behind the point; None for what is not finite."""
    if isinstance(value, np.ndarray):
        return [_plain(one) for one in value] if value.ndim > 1 else [_number(one) for one in value.tolist()]
    return list(value) if isinstance(value, tuple) else value


def _number(value: float) -> float | int | None:
    if isinstance(value, int):
        return value
    if not math.isfinite(value):
        return None
    return int(value) if value == int(value) else round(value, 6)
