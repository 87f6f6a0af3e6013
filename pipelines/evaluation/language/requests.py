"""What asks the inference worker how well a model expects a text. Standard library and core only."""

from dataclasses import dataclass

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_model, check_text, check_whole
from pipelines.core.texts import is_whole

MAX_CHARS = 100_000  # of a text that is read at once; a longer one is read by a job
MOST_TOKENS = 1_000_000


@dataclass(frozen=True)
class LanguageRequest:
    """How well does ``model`` expect ``text``? ``context`` is in tokens, 0 for the model's own; ``stride`` is
    how many of them a window moves on, 0 for all. Answered by some Measuring, then a LanguageResult."""

    model: str
    text: str
    context: int = 0
    stride: int = 0

    def __post_init__(self) -> None:
        check_model("model", self.model)
        check_text("text", self.text, MAX_CHARS)
        if not self.text.strip():
            raise SpecError("text", self.text, f"some words, at most {MAX_CHARS:,} characters")
        if not is_whole(self.text):
            raise SpecError("text", self.text[:40], "whole characters alone, no half of a surrogate pair")
        check_whole("context", self.context, 0, MOST_TOKENS)
        check_whole("stride", self.stride, 0, MOST_TOKENS)
        if self.context and self.stride > self.context:
            raise SpecError("stride", self.stride, f"at most the context, {self.context:,}")


@dataclass(frozen=True)
class Measuring:
    """So many of the text's ``characters`` are read; sent after every batch of windows."""

    characters: int
    total: int
