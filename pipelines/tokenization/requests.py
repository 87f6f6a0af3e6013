"""What the tokenizer worker is asked: frozen dataclasses, no tokenizers library.

Each is answered by one event, named in its docstring. A request carries its whole text: the worker keeps
nothing that could be lost with it, and remembers encodings only to be quicker.
"""

from dataclasses import dataclass, field
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_whole

MAX_TOKENIZERS = 8


@dataclass(frozen=True)
class CompareRequest:
    """→ :class:`~pipelines.tokenization.comparison.Comparison`. One to eight tokenizers on one text."""

    text: str
    tokenizers: tuple[str, ...]
    add_special_tokens: bool = False

    def __post_init__(self) -> None:
        check_names(self.tokenizers)


@dataclass(frozen=True)
class WindowRequest:
    """→ :class:`~pipelines.tokenization.window.Window`: ``lines`` lines from ``first`` on, of the text set in
    lines of ``width`` character cells."""

    text: str
    tokenizers: tuple[str, ...]
    add_special_tokens: bool
    width: int
    first: int
    lines: int

    def __post_init__(self) -> None:
        check_names(self.tokenizers)
        for name, low, high in (("width", 8, 1_000), ("first", 0, 10_000_000), ("lines", 1, 400)):
            check_whole(name, getattr(self, name), low, high)


@dataclass(frozen=True)
class TokensRequest:
    """→ :class:`~pipelines.tokenization.rows.TokenRows`: ``count`` tokens from the ``first`` on."""

    text: str
    tokenizer: str
    add_special_tokens: bool = False
    first: int = 0
    count: int = 100

    def __post_init__(self) -> None:
        check_whole("first", self.first, 0, 10_000_000)
        check_whole("count", self.count, 1, 5_000_000)


@dataclass(frozen=True)
class RoundTripRequest:
    """→ :class:`~pipelines.tokenization.roundtrip.RoundTrip`"""

    text: str
    tokenizer: str


@dataclass(frozen=True)
class StagesRequest:
    """→ :class:`~pipelines.tokenization.answers.Stages`"""

    text: str
    tokenizer: str
    add_special_tokens: bool = True


@dataclass(frozen=True)
class ReplayRequest:
    """→ ``BpeReplay``, ``WordPieceReplay`` or ``Lattice`` of ``pipelines.tokenization.replay``, by the
    tokenizer's kind. ``word`` is a piece as the last stage before the model has it."""

    word: str
    tokenizer: str


@dataclass(frozen=True)
class ChatRequest:
    """→ :class:`~pipelines.tokenization.chat.RenderedChat`. The fields are those of ``Conversation``;
    ``template`` replaces the tokenizer's own."""

    tokenizer: str
    messages: list[dict[str, Any]]
    tools: list[dict[str, Any]] = field(default_factory=list)
    add_generation_prompt: bool = False
    continue_final_message: bool = False
    template: str = ""


@dataclass(frozen=True)
class BatchRequest:
    """→ :class:`~pipelines.tokenization.batch_spec.Batch`, with ``tokens``, the string of each id in it.
    ``spec`` are the values of a ``BatchSpec``."""

    tokenizer: str
    texts: list[str]
    pairs: list[str] | None
    spec: dict[str, Any]


@dataclass(frozen=True)
class VocabularyRequest:
    """→ :class:`~pipelines.tokenization.vocabulary.Page`. ``query`` are the values of a
    ``VocabularyQuery``."""

    tokenizer: str
    query: dict[str, Any]


@dataclass(frozen=True)
class NeighboursRequest:
    """→ :class:`~pipelines.tokenization.vocabulary.Neighbours` of the token ``id``."""

    tokenizer: str
    id: int


@dataclass(frozen=True)
class DescribeRequest:
    """→ :class:`~pipelines.tokenization.answers.Described`"""

    tokenizer: str


@dataclass(frozen=True)
class LanguagesRequest:
    """→ :class:`~pipelines.tokenization.answers.Languages`"""

    tokenizer: str


def names_of(request: Any) -> tuple[str, ...]:
    """The tokenizers that a request is about, in order."""
    return getattr(request, "tokenizers", None) or (request.tokenizer,)


def check_names(names: object) -> None:
    """Raise SpecError unless these are one to eight names, each once."""
    accepted = f"1 to {MAX_TOKENIZERS} names of tokenizers, each once"
    ok = isinstance(names, (list, tuple)) and all(isinstance(n, str) and n.strip() for n in names)
    if not ok or not 1 <= len(names) <= MAX_TOKENIZERS or len(set(names)) != len(names):
        raise SpecError("tokenizers", names, accepted)
