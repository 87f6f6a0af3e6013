"""What asks the inference worker to read: tokens or a text after others, and the answer. No torch."""

from dataclasses import dataclass

import numpy as np

from pipelines.core.errors import SpecError
from pipelines.core.fields import check_model, check_text, check_whole
from pipelines.generation.requests import MAX_PROMPT_CHARS

MAX_TEXT_CHARS = 2_000


@dataclass(frozen=True)
class ReadRequest:
    """What the model says of ``ids``, or of ``text`` as its tokenizer writes it, after the prompt and the ids
    ``after``; and its ``top`` likeliest tokens after all of that. Answered by a :class:`Read`."""

    model: str
    prompt: str
    after: tuple[int, ...] = ()
    ids: tuple[int, ...] = ()
    text: str = ""
    top: int = 8

    def __post_init__(self) -> None:
        check_model("model", self.model)
        check_text("prompt", self.prompt, MAX_PROMPT_CHARS)
        check_text("text", self.text, MAX_TEXT_CHARS)
        if self.ids and self.text:
            raise SpecError("text", self.text, "nothing beside ids")
        for field in ("after", "ids"):
            for one in getattr(self, field):
                check_whole(field, one, 0, 2**31 - 1)
        check_whole("top", self.top, 1, 50)


@dataclass(frozen=True)
class Read:
    """Arrays run along the tokens that were read. ``texts`` are pieces of the visible text (empty within a
    character of several tokens). Log-probabilities are natural, ranks begin with 1, entropies are in nats.

    ``likeliest`` are the ids that the model would rather write next, with their ``names`` as tokens and their
    ``probs``; ``entropy`` is that step's.
    """

    ids: np.ndarray  # [tokens], int32
    texts: tuple[str, ...]
    log_probs: np.ndarray  # [tokens], float32
    ranks: np.ndarray  # [tokens], int32
    entropies: np.ndarray  # [tokens], float32
    likeliest: np.ndarray  # [top], int32, the likeliest first
    names: tuple[str, ...]
    probs: np.ndarray  # [top], float32
    entropy: float
