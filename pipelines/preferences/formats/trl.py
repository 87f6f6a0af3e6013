"""TRL's preference rows: ``prompt``, ``chosen``, ``rejected``, as texts or as messages; also without a prompt
of their own, and with ratings of the two, which say whether they are a tie.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.preferences.formats.base import (
    Answered,
    Format,
    RowFault,
    Said,
    Told,
    Values,
    each,
    others,
    text,
)
from pipelines.preferences.formats.dialogues import (
    answer,
    are_messages,
    as_text,
    asked,
    messages,
    parted,
    parted_texts,
    written,
)
from pipelines.preferences.records import Choice, Message

_RATINGS = (
    ("chosen_rating", "rejected_rating"),
    ("rating_chosen", "rating_rejected"),
    ("chosen_score", "rejected_score"),
    ("score_chosen", "score_rejected"),
)


def _write_texts(told: Told) -> Iterator[dict[str, Any]]:
    if told.sides:
        chosen, rejected = told.sides
        yield {"prompt": as_text(told.pair.prompt), "chosen": chosen, "rejected": rejected}


def _write_messages(told: Told) -> Iterator[dict[str, Any]]:
    if told.sides:
        chosen, rejected = ([{"role": "assistant", "content": side}] for side in told.sides)
        yield {"prompt": written(told.pair.prompt), "chosen": chosen, "rejected": rejected}


def _read_texts(values: Values) -> Iterator[Answered]:
    chosen, rejected = text(values, "chosen"), text(values, "rejected")
    if values.get("prompt") is None:
        prompt, chosen, rejected = parted_texts(chosen, rejected)
    else:
        prompt = _prompt(values["prompt"], values)
    yield _answered(prompt, chosen, rejected, values)


def _read_messages(values: Values) -> Iterator[Answered]:
    both = messages(values["chosen"], "chosen"), messages(values["rejected"], "rejected")
    if values.get("prompt") is None:
        prompt, chosen, rejected = parted(*both)
    else:
        prompt = _prompt(values["prompt"], values)
        chosen, rejected = (
            answer(said, prompt, name) for said, name in zip(both, ("chosen", "rejected"), strict=True)
        )
    yield _answered(prompt, chosen, rejected, values)


def _prompt(value: Any, values: Values) -> tuple[Message, ...]:
    """A column ``system`` goes before it."""
    said = messages(value, "prompt") if are_messages(value) else asked(text(values, "prompt"))
    system = values.get("system")
    return (Message("system", text(values, "system")), *said) if system else said


def _answered(prompt: tuple[Message, ...], chosen: str, rejected: str, values: Values) -> Answered:
    used = ("prompt", "chosen", "rejected", "system", "tie")
    said = Said(Choice.TIE if is_tie(values) else Choice.A)
    return Answered(prompt, chosen, rejected, (said,), others(values, *used))


def is_tie(values: Values) -> bool:
    """A row that says so, or whose ratings are equal. Raises :class:`RowFault` for one whose ratings say the
    opposite of its columns."""
    for better, worse in _RATINGS:
        ratings = values.get(better), values.get(worse)
        if all(isinstance(one, int | float) and not isinstance(one, bool) for one in ratings):
            if ratings[0] < ratings[1]:
                raise RowFault(f"{better} that is not below {worse}: the chosen answer is the better one")
            return ratings[0] == ratings[1]
    return values.get("tie") is True


TEXTS = Format(
    name="trl",
    title="TRL",
    accepted="prompt, chosen and rejected as texts",
    fits=lambda values: isinstance(values.get("chosen"), str) and "rejected" in values,
    read=each(_read_texts),
    write=_write_texts,
)
MESSAGES = Format(
    name="trl_conversational",
    title="TRL, conversational",
    accepted="prompt, chosen and rejected as lists of messages (the prompt may be left out)",
    fits=lambda values: are_messages(values.get("chosen")) and are_messages(values.get("rejected")),
    read=each(_read_messages),
    write=_write_messages,
)
