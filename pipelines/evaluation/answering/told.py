"""How likely a server says the tokens of a prompt are, in the two forms in which servers say it, and which of
them belong to the continuation. Opens no connection.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.core.errors import GlassworksError
from pipelines.evaluation.records import Ask, Said


@dataclass(frozen=True)
class Told:
    """A token of the prompt: ``log_prob`` in nats, None for one that nothing stands before; ``greedy``: no
    other is likelier."""

    text: str
    log_prob: float | None
    greedy: bool


@dataclass(frozen=True)
class Way:
    """``asked`` are the fields of the request, ``read`` makes the tokens of the answer's choice; it raises
    :class:`GlassworksError` where they are not told."""

    asked: Mapping[str, Any]
    read: Callable[[Mapping[str, Any]], list[Told]]


def said_of(told: Sequence[Told], ask: Ask, name: str) -> Said:
    """Of the tokens that have characters of the continuation; spaces at the context's end are among them."""
    context, prompt = ask.context.rstrip(), ask.context + ask.continuation
    begins, own = _begins("".join(one.text for one in told), prompt), []
    if begins is None:
        raise GlassworksError(f"{name} does not give the tokens of the prompt as they were sent.")
    at, first, last = 0, begins + len(context), begins + len(prompt)
    for one in told:
        if at + len(one.text) > first and at < last:
            own.append(one)
        at += len(one.text)
    if first < 0 or any(one.log_prob is None for one in own):
        raise GlassworksError(
            f"{name} does not say how likely a text begins so: it cannot be asked without a context."
        )
    pieces = tuple((one.text, one.log_prob) for one in own)
    return Said(sum(value for _, value in pieces), all(one.greedy for one in own), len(own), 0, pieces)


def _begins(told: str, prompt: str) -> int | None:
    """The character of what is told at which the prompt begins: below 0 where its first token is not told,
    None where it is another text.

    >>> _begins("<s>a cat sat", "a cat"), _begins(" cat", "a cat"), _begins("a dog", "a cat")
    (3, -1, None)
    """
    found = told.find(prompt)
    if found >= 0:
        return found
    return len(told) - len(prompt) if told and prompt.endswith(told) else None


def _echoed(choice: Mapping[str, Any]) -> list[Told]:
    """The prompt is said again, with one token after it."""
    try:
        given = choice["logprobs"]
        tokens, values = given["tokens"], given["token_logprobs"]
        best = given.get("top_logprobs") or [None] * len(tokens)
        rows = zip(tokens, values, best, strict=True)
        return [Told(str(text), value, _likeliest(value, top)) for text, value, top in rows]
    except (KeyError, TypeError, ValueError) as error:
        raise GlassworksError("There are no log-probabilities of the prompt.") from error


def _likeliest(value: float | None, top: Mapping[str, float] | None) -> bool:
    return value is not None and bool(top) and value >= max(top.values())


def _listed(choice: Mapping[str, Any]) -> list[Told]:
    """vLLM: of each token an object with its id for a key; the token itself comes first."""
    try:
        return [_of(one) for one in choice["prompt_logprobs"]]
    except (KeyError, TypeError, ValueError, StopIteration, AttributeError) as error:
        raise GlassworksError("There are no log-probabilities of the prompt.") from error


def _of(one: Mapping[str, Mapping[str, Any]] | None) -> Told:
    if one is None:  # the first, whose text is not told either
        return Told("", None, False)
    own = next(iter(one.values()))
    return Told(str(own["decoded_token"]), float(own["logprob"]), own["rank"] == 1)


WAYS = {
    "echo": Way({"echo": True, "logprobs": 1}, _echoed),
    "vllm": Way({"prompt_logprobs": 0}, _listed),
}
