"""How well a model expected a text: its tokens' mean loss, as perplexity and as bits a byte. Only NumPy."""

import math
from dataclasses import dataclass

import numpy as np

from pipelines.attention.answers import Tokens


@dataclass(frozen=True)
class TextLoss:
    """``tokens`` that had a prediction, their mean ``loss`` in nats, and the ``bytes`` of UTF-8 that they
    stand for (0: not known)."""

    tokens: int
    loss: float
    bytes: int = 0

    @property
    def perplexity(self) -> float:
        """Among how many tokens, all alike, a choice would be as hard."""
        return math.exp(min(self.loss, 700.0))

    @property
    def bits_per_byte(self) -> float | None:
        """None where the bytes are not known."""
        return self.tokens * self.loss / math.log(2) / self.bytes if self.bytes else None


def of_text(tokens: Tokens, loss: np.ndarray, text: str) -> TextLoss | None:
    """Of the tokens that stand for ``text``: neither special ones nor what the model wrote. The first has no
    prediction where nothing stands before it, so its bytes do not count. None where no token is left."""
    chosen = np.isfinite(loss) & ~tokens.special & ~_written(tokens)
    if not chosen.any():
        return None
    return TextLoss(
        int(chosen.sum()), float(loss[chosen].mean(dtype=np.float64)), _bytes(tokens, chosen, text)
    )


def of_written(tokens: Tokens, loss: np.ndarray) -> TextLoss | None:
    """Of the tokens that the model wrote itself; None where there are none."""
    chosen = np.isfinite(loss) & _written(tokens)
    if not chosen.any():
        return None
    return TextLoss(int(chosen.sum()), float(loss[chosen].mean(dtype=np.float64)))


def _written(tokens: Tokens) -> np.ndarray:
    return np.arange(len(tokens.ids)) >= len(tokens.ids) - tokens.generated


def _bytes(tokens: Tokens, chosen: np.ndarray, text: str) -> int:
    """Characters that two tokens share count once."""
    covered = np.zeros(len(text), bool)
    for start, end in zip(tokens.starts[chosen], tokens.ends[chosen], strict=True):
        covered[max(0, start) : max(0, end)] = True
    return len(
        "".join(char for char, is_in in zip(text, covered, strict=True) if is_in).encode("utf-8", "replace")
    )
