r"""Anthropic's HH: ``chosen`` and ``rejected`` are whole dialogues that differ in their last turn.
Where a text itself holds ``\n\nHuman:``, the plain columns cannot be told apart; the carried one can.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.preferences.formats.base import Answered, Format, Said, Told, Values, each, others, text
from pipelines.preferences.formats.dialogues import dialogue, parted, undialogue
from pipelines.preferences.formats.trl import is_tie
from pipelines.preferences.records import Choice, Message
from pipelines.preferences.specs import MAX_TEXT

_TURNS = 10  # so many times the longest text a dialogue may be


def _write(told: Told) -> Iterator[dict[str, Any]]:
    if told.sides:
        ends = ((*told.pair.prompt, Message("assistant", side)) for side in told.sides)
        yield dict(zip(("chosen", "rejected"), map(dialogue, ends), strict=True))


def _read(values: Values) -> Iterator[Answered]:
    most = _TURNS * MAX_TEXT
    found = parted(*(undialogue(text(values, name, most)) for name in ("chosen", "rejected")))
    said = Said(Choice.TIE if is_tie(values) else Choice.A)
    yield Answered(*found, (said,), others(values, "chosen", "rejected", "prompt", "tie"))


def _fits(values: Values) -> bool:
    sides = (values.get(name) for name in ("chosen", "rejected"))
    return values.get("prompt") is None and all(isinstance(one, str) and undialogue(one) for one in sides)


FORMAT = Format(
    name="hh",
    title="Anthropic HH",
    accepted="chosen and rejected, each a dialogue of turns that begin with Human: and Assistant:",
    fits=_fits,
    read=each(_read),
    write=_write,
)
