"""What of a row is put to a model, and what of the answers is measured. Pure; standard library only."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Posed:
    """After each of ``contexts`` the continuation at the same place is scored, without the space between
    them. ``right`` are the places of the right ones; ``options`` what is chosen among, in words."""

    contexts: tuple[str, ...]
    continuations: tuple[str, ...]
    right: tuple[int, ...]
    options: tuple[str, ...]

    @property
    def solved(self) -> tuple[str, str]:
        """(context, right continuation), as an example for other rows."""
        first = self.right[0]
        return self.contexts[first], self.continuations[first]


def choose(context: str, options: Sequence[str], *right: int) -> Posed:
    """One context, and each option as its continuation."""
    return Posed((context,) * len(options), tuple(options), right, tuple(options))


def fill(contexts: Sequence[str], continuation: str, right: int) -> Posed:
    """The options are in the contexts, and one continuation is scored after each (partial scoring)."""
    return Posed(tuple(contexts), (continuation,) * len(contexts), (right,), tuple(contexts))


def letters(question: str, options: Sequence[str], right: int) -> Posed:
    """The options are in the question, and their letters are scored."""
    named = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(options)]
    told = "".join(f"\n{letter}. {option}" for letter, option in zip(named, options, strict=True))
    context = f"{question}{told}\nAnswer:"
    return Posed((context,) * len(options), tuple(named), (right,), tuple(options))


def accuracies(posed: Posed, log_probs: Sequence[float]) -> dict[str, float]:
    """``acc``: the likeliest option is right; ``acc_norm``: by the log-probability for each *character* of
    the option, ``acc_bytes``: for each of its UTF-8 bytes. Of equals the first is chosen.

    >>> accuracies(choose("", ["no", "certainly"], 1), [-2.0, -4.5])
    {'acc': 0.0, 'acc_norm': 1.0, 'acc_bytes': 1.0}
    """
    lengths = {
        "acc": [1] * len(log_probs),
        "acc_norm": [len(option) for option in posed.options],
        "acc_bytes": [len(option.encode("utf-8", "surrogatepass")) for option in posed.options],
    }
    return {name: float(chosen(log_probs, by) in posed.right) for name, by in lengths.items()}


def chosen(log_probs: Sequence[float], lengths: Sequence[int]) -> int:
    """The place of the option with the highest log-probability for its length; one without length is none."""
    each = [value / length if length else -math.inf for value, length in zip(log_probs, lengths, strict=True)]
    return each.index(max(each))


def mass(posed: Posed, log_probs: Sequence[float]) -> dict[str, float]:
    """The share of the right options in the probability of all of them (TruthfulQA's MC2). The largest is
    taken out first: of long answers every probability would be 0.

    >>> mass(choose("", ["a", "b", "c", "d"], 0, 2), [-900.0] * 4)
    {'acc': 0.5}
    """
    top = max(log_probs)
    weights = [math.exp(value - top) for value in log_probs]
    return {"acc": math.fsum(weights[i] for i in posed.right) / math.fsum(weights)}


def preference(posed: Posed, log_probs: Sequence[float]) -> Mapping[str, float]:
    """Of a pair whose first sentence stereotypes: how far apart the two are, and whether it is likelier."""
    more, less = log_probs
    return {"likelihood_diff": abs(more - less), "pct_stereotype": float(more > less)}
