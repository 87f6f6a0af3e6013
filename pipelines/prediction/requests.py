"""What is asked of a model with a task of its own, and the events that answer. No torch."""

from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_model, check_text

MAX_TEXT_CHARS = 20_000
MAX_CONTEXT_CHARS = 100_000
KINDS = ("sequence-classification", "token-classification", "question-answering")


@dataclass(frozen=True)
class PredictRequest:
    """What does the model make of ``text``? Answered by one Labels, Entities or Answers, as its kind is.

    For question-answering ``text`` is the question and ``context`` the text with the answer; for
    sequence-classification ``context`` may be a second text, to be compared with the first, and for a reward
    model, answered by one Reward, it is the answer to the prompt ``text``.
    """

    model: str
    text: str
    context: str = ""

    def __post_init__(self) -> None:
        check_model("model", self.model)
        check_text("text", self.text, MAX_TEXT_CHARS)
        check_text("context", self.context, MAX_CONTEXT_CHARS)
        if not self.text.strip():
            raise SpecError("text", self.text, "a text with at least one word")


@dataclass(frozen=True)
class Label:
    name: str
    probability: float


@dataclass(frozen=True)
class Labels:
    """All labels of the model, likeliest first. A text too long for the model is read in ``windows``, whose
    probabilities are averaged by length."""

    labels: tuple[Label, ...]
    windows: int


@dataclass(frozen=True)
class Reward:
    """What a reward model gives an answer: more is better, and only the difference to another answer to the
    same prompt means something. ``windows`` is always 1."""

    value: float
    windows: int = 1


@dataclass(frozen=True)
class Entity:
    """Characters ``start`` to ``end`` of the text; ``probability`` is the mean of that of its words' tags."""

    type: str
    start: int
    end: int
    probability: float


@dataclass(frozen=True)
class Entities:
    """In the order of the text; none overlap."""

    entities: tuple[Entity, ...]
    windows: int


@dataclass(frozen=True)
class AnswerSpan:
    """Characters ``start`` to ``end`` of the context."""

    start: int
    end: int
    probability: float


@dataclass(frozen=True)
class Answers:
    """The likeliest spans, the first is the answer; ``nothing`` is the probability that there is none. All
    spans of at most 30 tokens and *nothing* share a probability of 1. ``answered`` is False where the model
    learnt from questions without an answer and finds this to be one."""

    spans: tuple[AnswerSpan, ...]
    nothing: float
    answered: bool
    windows: int
