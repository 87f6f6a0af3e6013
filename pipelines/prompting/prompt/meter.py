"""How full the context is: prompt, answer, what is left; and how many examples would fit. Pure."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Meter:
    """All in tokens. ``context`` is the model's, None where it has no limit or it is not known. ``shots`` are
    the examples in the prompt; ``fitting`` how many of them would fit, None where it does not fit without any
    either: then ``bare`` is the prompt without them."""

    prompt: int
    max_new_tokens: int
    context: int | None
    shots: int = 0
    fitting: int | None = None
    bare: int = 0

    @property
    def left(self) -> int | None:
        """Below 0 where it does not fit."""
        return None if self.context is None else self.context - self.prompt - self.max_new_tokens

    @property
    def fits(self) -> bool:
        return self.left is None or self.left >= 0

    @property
    def finding(self) -> str:
        """What is wrong, and what would help; empty where it fits."""
        if self.fits:
            return ""
        needed = (
            f"The prompt has {self.prompt:,} tokens and the answer may have {self.max_new_tokens:,}: "
            f"{-self.left:,} more than the context of {self.context:,} holds."
        )
        return f"{needed} {self._advice()}"

    def _advice(self) -> str:
        if self.shots and self.fitting is not None:
            return f"Of its {self.shots} examples {self.fitting or 'none'} would fit."
        room = self.context - self.bare
        new = f"at most {room:,} new tokens fit" if room > 0 else "no new token fits"
        return (
            f"Without its examples it has {self.bare:,}, and {new}." if self.shots else f"{new.capitalize()}."
        )


def metered(tokens: Callable[[int], int], shots: int, max_new_tokens: int, context: int | None) -> Meter:
    """``tokens(k)`` counts the prompt with k of its ``shots`` examples. Fewer are counted only where all do
    not fit, and then by halving: more examples are taken never to have fewer tokens.

    >>> metered(lambda k: 10 + 20 * k, shots=8, max_new_tokens=30, context=128).finding.split(". ")[-1]
    'Of its 8 examples 4 would fit.'
    """
    prompt = tokens(shots)
    if context is None or prompt + max_new_tokens <= context:
        return Meter(prompt, max_new_tokens, context, shots, shots)
    fits, too_many = -1, shots
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        if tokens(middle) + max_new_tokens <= context:
            fits = middle
        else:
            too_many = middle
    if fits < 0:
        return Meter(prompt, max_new_tokens, context, shots, None, tokens(0))
    return Meter(prompt, max_new_tokens, context, shots, fits)
