"""ShareGPT's pairs, as LLaMA-Factory reads them: ``conversations``, and the two answers, each one turn."""

from collections.abc import Iterator
from typing import Any

from pipelines.preferences.formats.base import Answered, Format, Said, Told, Values, each, others, text
from pipelines.preferences.formats.dialogues import answer, are_messages, messages
from pipelines.preferences.formats.trl import is_tie
from pipelines.preferences.records import Choice, Message

_SPEAKERS = {"user": "human", "assistant": "gpt", "tool": "observation"}
_NAMES = ("conversations", "conversation")


def _turn(one: Message) -> dict[str, str]:
    return {"from": _SPEAKERS.get(one.role, one.role), "value": one.content}


def _write(told: Told) -> Iterator[dict[str, Any]]:
    if told.sides:
        chosen, rejected = (_turn(Message("assistant", side)) for side in told.sides)
        turns = [_turn(one) for one in told.pair.prompt]
        yield {"conversations": turns, "chosen": chosen, "rejected": rejected}


def _read(values: Values) -> Iterator[Answered]:
    name = next(name for name in _NAMES if name in values)
    prompt = messages(values[name], name)
    sides = [answer(messages(values.get(one), one), prompt, one) for one in ("chosen", "rejected")]
    if values.get("system"):
        prompt = (Message("system", text(values, "system")), *prompt)
    said = Said(Choice.TIE if is_tie(values) else Choice.A)
    extra = others(values, name, "chosen", "rejected", "system", "tie")
    yield Answered(prompt, *sides, (said,), extra)


FORMAT = Format(
    name="sharegpt",
    title="ShareGPT",
    accepted='conversations (a list of turns with "from" and "value"), chosen and rejected (a turn each)',
    fits=lambda values: "chosen" in values and any(are_messages(values.get(name)) for name in _NAMES),
    read=each(_read),
    write=_write,
)
