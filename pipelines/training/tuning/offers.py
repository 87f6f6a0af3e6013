"""What to change in a run that does not fit the memory. Standard library only.

Knows the fields that a spec may have, and no model: any spec with a batch gets the offers that fit it.
"""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from pipelines.core.errors import SpecError

Offer = dict[str, Any]  # fields of the spec with new values

_REFUSALS = ("out of memory", "can't allocate memory", "not enough memory", "Cannot allocate memory")
_MOST_PASSES = 256


def offers(spec: Any) -> tuple[Offer, ...]:
    """Each makes a step take clearly less; the first keeps the number of rows a step. Empty when nothing is
    left to change, or the spec is of no training.

    >>> offers(None)
    ()
    """
    standing = {one.name: getattr(spec, one.name) for one in fields(spec)} if is_dataclass(spec) else {}
    if not {"batch_size", "gradient_accumulation_steps"} <= set(standing):
        return ()
    found = _fitting(spec, _half_the_batch(standing), _computed_again(standing))
    return found or _fitting(spec, *_shorter_answers(standing)) or _fitting(spec, _shorter(standing))


def offered_words(spec: Any) -> str:
    """The first offer in a sentence, and what would help beside it.

    >>> offered_words(None)
    ''
    """
    found = offers(spec)
    if not found:
        return ""
    first, *others = found
    named = " and ".join(f"{name} {value}" for name, value in first.items())
    same = ""
    if "batch_size" in first:
        rows = first["batch_size"] * first["gradient_accumulation_steps"]
        kept = rows == spec.batch_size * spec.gradient_accumulation_steps
        same = f" ({'the same' if kept else 'about as many'} rows a step, in about half the memory)"
    beside = [name for offer in others for name in offer]
    if getattr(spec, "method", "qlora") != "qlora":
        beside.insert(0, "qlora")
    more = f"; {' and '.join(beside)} {'take' if len(beside) > 1 else 'takes'} less too" if beside else ""
    return f"Try {named}{same}{more}."


def is_refusal(error: BaseException) -> bool:
    """Whether an error says that memory was not to be had, on the processor or on a GPU."""
    return isinstance(error, MemoryError) or any(words in str(error) for words in _REFUSALS)


def _half_the_batch(standing: dict[str, Any]) -> Offer:
    processes = max(1, standing.get("processes", 1))  # a batch is shared among them
    each = standing["batch_size"] // processes
    if each < 2:
        return {}
    passes = min(_MOST_PASSES, 2 * standing["gradient_accumulation_steps"])
    return {"batch_size": (each + 1) // 2 * processes, "gradient_accumulation_steps": passes}


def _computed_again(standing: dict[str, Any]) -> Offer:
    return {"gradient_checkpointing": True} if standing.get("gradient_checkpointing") is False else {}


def _shorter_answers(standing: dict[str, Any]) -> tuple[Offer, ...]:
    """Of a model that writes what it learns from: its answers are most of a step."""
    tokens, answers = standing.get("max_new_tokens", 0), standing.get("num_generations", 0)
    shorter = {"max_new_tokens": max(8, tokens // 16 * 8)} if tokens > 8 else {}
    return shorter, {"num_generations": answers // 2} if answers > 3 else {}


def _shorter(standing: dict[str, Any]) -> Offer:
    longest = standing.get("max_length", 0)
    return {"max_length": max(8, longest // 16 * 8)} if longest > 8 else {}


def _fitting(spec: Any, *found: Offer) -> tuple[Offer, ...]:
    return tuple(offer for offer in found if offer and _fits(spec, offer))


def _fits(spec: Any, offer: Offer) -> bool:
    """Whether the spec may hold it: some methods cannot compute activations again."""
    try:
        replace(spec, **offer)
    except SpecError:
        return False
    return True
