"""What fill-mask asks of the inference worker, and the event that answers. No torch."""

from dataclasses import dataclass, field

from pipelines.core.errors import SpecError
from pipelines.core.fields import check, check_model, check_text, knob
from pipelines.models.marks import MASKS

MAX_TEXT_CHARS = 20_000
MAX_GAPS = 64
KINDS = ("masked-lm", "seq2seq-lm")  # capabilities of the models that can
ACCEPTED = "text with at least one <|mask|> (or [MASK], or <mask>) where a word is to be guessed"


@dataclass(frozen=True)
class FillMaskSpec:
    """How much is shown of what a model thinks of a gap."""

    top_k: int = knob(8, label="Candidates", help="How many guesses each gap shows.", low=1, high=50, step=1)

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class FillMaskRequest:
    """What could stand at each mask of ``text``? Answered by one Filled."""

    model: str
    text: str
    spec: FillMaskSpec = field(default_factory=FillMaskSpec)

    def __post_init__(self) -> None:
        check_model("model", self.model)
        check_text("text", self.text, MAX_TEXT_CHARS)
        gaps = len(MASKS.findall(self.text))
        if not gaps:
            raise SpecError("text", self.text, ACCEPTED)
        if gaps > MAX_GAPS:
            raise SpecError("text", self.text, f"at most {MAX_GAPS} masks, and this text has {gaps}")


@dataclass(frozen=True)
class NextTokensRequest:
    """What would a model that reads from the left put after each of these texts? Answered by one
    NextTokens."""

    model: str
    texts: tuple[str, ...]
    spec: FillMaskSpec = field(default_factory=FillMaskSpec)

    def __post_init__(self) -> None:
        object.__setattr__(self, "texts", tuple(self.texts))
        check_model("model", self.model)
        if not 0 < len(self.texts) <= MAX_GAPS or not all(isinstance(text, str) for text in self.texts):
            raise SpecError("texts", self.texts, f"1 to {MAX_GAPS} texts")
        if any(len(text) > MAX_TEXT_CHARS for text in self.texts):
            raise SpecError("texts", self.texts, f"texts of at most {MAX_TEXT_CHARS:,} characters")


@dataclass(frozen=True)
class Filling:
    """One guess. ``text`` begins with a space where it begins a word. ``probability`` is the model's own: of
    this token at a mask, or of this whole span (its end included) at a gap of a span model."""

    text: str
    probability: float
    token_ids: tuple[int, ...]


@dataclass(frozen=True)
class Gap:
    """Characters ``start`` to ``end`` of the text: a mask with the spaces before it. The likeliest filling
    comes first."""

    start: int
    end: int
    fillings: tuple[Filling, ...]

    def filled(self, text: str, filling: Filling) -> str:
        """The text with this filling in this gap; a space at the very beginning is left out."""
        before = text[: self.start]
        return before + (filling.text if before else filling.text.lstrip()) + text[self.end :]


@dataclass(frozen=True)
class NextTokens:
    """For each text its likeliest continuations by one token, likeliest first."""

    fillings: tuple[tuple[Filling, ...], ...]


@dataclass(frozen=True)
class Filled:
    """``kind`` is the model's, ``masked-lm`` or ``seq2seq-lm``; ``tokens`` is the length of the text as the
    model read it, ``seconds`` how long it took."""

    kind: str
    gaps: tuple[Gap, ...]
    tokens: int
    seconds: float
