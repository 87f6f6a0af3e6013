"""What can be asked about the inside of a model, each answered by one event. No torch.

A request carries all that it needs; captures are only remembered by the worker, so that a request about a
text that was captured just now costs little, and one whose capture was forgotten merely takes longer.
"""

from dataclasses import dataclass
from typing import Any

from pipelines.attention.interventions import MAX_INTERVENTIONS, Intervention
from pipelines.core.errors import SpecError
from pipelines.core.fields import check_model, check_text, check_whole

CAPABILITIES = (  # of the models that can be looked into
    "causal-lm",
    "masked-lm",
    "seq2seq-lm",
    "encoder",
    "sequence-classification",
    "token-classification",
    "question-answering",
)
PARTS = ("self", "encoder", "decoder", "cross")  # self: of a model that is one stack of layers
MAX_TEXT_CHARS = 100_000
MAX_NEW_TOKENS = 200
WRITTEN_TOKENS = 20  # that an encoder–decoder writes itself where nothing is said
MAX_POSITIONS = 256  # rows that one answer about positions or rows holds


@dataclass(frozen=True)
class Subject:
    """A text in a model. ``target`` is what the decoder of an encoder–decoder reads (empty: it writes it
    itself); ``new_tokens`` are written by the model after the text, the likeliest each time, and belong to it
    then."""

    model: str
    text: str
    target: str = ""
    new_tokens: int = 0

    def __post_init__(self) -> None:
        check_model("model", self.model)
        for name in ("text", "target"):
            check_text(name, getattr(self, name), MAX_TEXT_CHARS)
        if not self.text:
            raise SpecError("text", self.text, "at least one character: there is nothing to look at in none")
        check_whole("new_tokens", self.new_tokens, 0, MAX_NEW_TOKENS)


@dataclass(frozen=True)
class CaptureRequest:
    """All layers and heads at a glance, answered by a Captured."""

    subject: Subject


@dataclass(frozen=True)
class HeadRequest:
    """One head's weights, answered by a Head. ``layer`` and ``head`` count from 0."""

    subject: Subject
    part: str
    layer: int
    head: int

    def __post_init__(self) -> None:
        _place(self)


@dataclass(frozen=True)
class RowsRequest:
    """Exact rows of one head: ``count`` queries from ``first`` on, answered by a Rows."""

    subject: Subject
    part: str
    layer: int
    head: int
    first: int
    count: int = 1

    def __post_init__(self) -> None:
        _place(self)
        check_whole("first", self.first, 0, None)
        check_whole("count", self.count, 1, MAX_POSITIONS)


@dataclass(frozen=True)
class QueryKeyRequest:
    """How one query of one head came to its weights, answered by a QueryKey."""

    subject: Subject
    part: str
    layer: int
    head: int
    query: int

    def __post_init__(self) -> None:
        _place(self)
        check_whole("query", self.query, 0, None)


@dataclass(frozen=True)
class LensRequest:
    """What the model would say after every layer at positions ``first`` to ``first + count``, answered by a
    Lens."""

    subject: Subject
    first: int = 0
    count: int = 64
    top_k: int = 5

    def __post_init__(self) -> None:
        check_whole("first", self.first, 0, None)
        check_whole("count", self.count, 1, 64)
        check_whole("top_k", self.top_k, 1, 20)


@dataclass(frozen=True)
class AttributeRequest:
    """What the prediction at ``position`` (-1: the last) rests on, by several methods beside the measured
    effect of hiding each token, answered by an Attribution. ``token_id`` is the predicted token that is
    explained, None for the likeliest."""

    subject: Subject
    position: int = -1
    token_id: int | None = None

    def __post_init__(self) -> None:
        check_whole("position", self.position, -1, None)
        if self.token_id is not None:
            check_whole("token_id", self.token_id, 0, None)


@dataclass(frozen=True)
class InterveneRequest:
    """The same text before and after the interventions, answered by an Intervened. ``sample_tokens`` are
    written after the text by both, with the same noise; ``temperature`` 0 takes the likeliest."""

    subject: Subject
    interventions: tuple[Intervention, ...]
    sample_tokens: int = 20
    temperature: float = 0.0
    seed: int = 0
    top_k: int = 10

    def __post_init__(self) -> None:
        object.__setattr__(self, "interventions", tuple(self.interventions))
        if not self.interventions or len(self.interventions) > MAX_INTERVENTIONS:
            raise SpecError("interventions", len(self.interventions), f"1 to {MAX_INTERVENTIONS} of them")
        if not all(isinstance(one, Intervention) for one in self.interventions):
            raise SpecError("interventions", self.interventions, "a list of interventions")
        check_whole("sample_tokens", self.sample_tokens, 0, MAX_NEW_TOKENS)
        check_whole("seed", self.seed, 0, 2**32 - 1)
        check_whole("top_k", self.top_k, 1, 50)
        if isinstance(self.temperature, bool) or not isinstance(self.temperature, int | float):
            raise SpecError("temperature", self.temperature, "a number from 0 to 5")
        if not 0 <= self.temperature <= 5:
            raise SpecError("temperature", self.temperature, "0 to 5")


@dataclass(frozen=True)
class PatchRequest:
    """Runs ``corrupted``, with one position of one layer at a time taken from the run of ``clean``; answered
    by a Patched. ``answer`` and ``other`` are the tokens whose logits are compared at the end (empty: the
    likeliest of each run). ``what`` is the residual stream or the output of a sub-layer."""

    model: str
    clean: str
    corrupted: str
    answer: str = ""
    other: str = ""
    what: str = "residual"

    def __post_init__(self) -> None:
        Subject(self.model, self.clean), Subject(self.model, self.corrupted)
        if self.what not in PATCHED:
            raise SpecError("what", self.what, f"one of {', '.join(PATCHED)}")


PATCHED = ("residual", "attention", "mlp")


@dataclass(frozen=True)
class NeighboursRequest:
    """The nearest tokens to ``plus[0] + … − minus[0] − …`` in a model's table of vectors (``output``: that of
    its unembedding), by cosine; answered by a TokenNeighbours. One token in ``plus``: its own neighbours."""

    model: str
    plus: tuple[str, ...]
    minus: tuple[str, ...] = ()
    output: bool = False
    count: int = 20

    def __post_init__(self) -> None:
        _texts(self, "plus", 1, 8)
        _texts(self, "minus", 0, 8)
        check_whole("count", self.count, 1, 200)


@dataclass(frozen=True)
class MapRequest:
    """A model's table of vectors in two dimensions, answered by a TokenMap. ``words`` are marked in it."""

    model: str
    words: tuple[str, ...] = ()
    output: bool = False
    count: int = 1000

    def __post_init__(self) -> None:
        _texts(self, "words", 0, 200)
        check_whole("count", self.count, 10, 5000)


@dataclass(frozen=True)
class ContextRequest:
    """How far the vectors of ``count`` tokens of this text, from ``first`` on, are from their static ones,
    layer by layer; answered by a Context. With an encoder–decoder it is the text that the encoder reads."""

    subject: Subject
    first: int = 0
    count: int = 64

    def __post_init__(self) -> None:
        check_whole("first", self.first, 0, None)
        check_whole("count", self.count, 1, MAX_POSITIONS)


@dataclass(frozen=True)
class DifferenceRequest:
    """The same text in two related models, answered by a Difference: ``other`` must cut it alike."""

    subject: Subject
    other: str

    def __post_init__(self) -> None:
        Subject(self.other, self.subject.text)


def _place(request: Any) -> None:
    if request.part not in PARTS:
        raise SpecError("part", request.part, f"one of {', '.join(PARTS)}")
    check_whole("layer", request.layer, 0, None)
    check_whole("head", request.head, 0, None)


def _texts(request: Any, name: str, low: int, high: int) -> None:
    value = getattr(request, name)
    listed = isinstance(value, list | tuple) and low <= len(value) <= high
    if not listed or not all(isinstance(one, str) and 0 < len(one) <= 200 for one in value):
        raise SpecError(name, value, f"a list of {low} to {high} texts of 1 to 200 characters")
    object.__setattr__(request, name, tuple(value))


def models_of(request: Any) -> tuple[str, ...]:
    """The models that a request names, so that the page can check who may use them."""
    named = request.subject.model if hasattr(request, "subject") else request.model
    return (named, request.other) if isinstance(request, DifferenceRequest) else (named,)
