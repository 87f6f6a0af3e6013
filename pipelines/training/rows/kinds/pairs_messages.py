"""Two answers to one conversation: TRL's conversational format, with its ``prompt`` or without, and
LLaMA-Factory's ShareGPT pairs (``conversations``, and ``chosen`` and ``rejected`` each one turn).
"""

from collections.abc import Iterator
from typing import Any

from pipelines.training.rows.examples import Message, Pair
from pipelines.training.rows.kinds.base import Format, Role, RowFault, Values, kind_of, unpacked
from pipelines.training.rows.kinds.pairs import CHOSEN, REJECTED
from pipelines.training.rows.kinds.ratings import RATINGS, margin_of
from pipelines.training.rows.kinds.replies import answer_of, parted
from pipelines.training.rows.kinds.sharegpt import SYSTEM, with_system
from pipelines.training.rows.kinds.turns import messages_of

PROMPTS = ("prompt", "conversations", "conversation", "messages", "context", "history", "dialog")
_KEYS = (("role", "content"), ("from", "value"))


def are_turns(value: Any) -> bool:
    """One message, or a list of them, in either way of writing."""
    items = _items(value)
    return bool(items) and all(isinstance(item, dict) and _keys(item) for item in items)


def turns_of(values: Values, role: str) -> tuple[Message, ...]:
    """Raises :class:`RowFault`."""
    if values.get(role) is None:
        raise RowFault(f"{role} is missing")
    items = _items(values[role])
    if not items:
        raise RowFault(f"{role} is {kind_of(values[role])}; a list of messages is accepted")
    keys = (_keys(items[0]) if isinstance(items[0], dict) else None) or _KEYS[0]
    return messages_of(items, *keys)


def _items(value: Any) -> list:
    found = unpacked(value)
    return found if isinstance(found, list) else [found] if isinstance(found, dict) else []


def _keys(item: dict) -> tuple[str, str] | None:
    return next((keys for keys in _KEYS if all(key in item for key in keys)), None)


def _build(row: int, values: Values) -> Iterator[Pair]:
    both = tuple(turns_of(values, role) for role in ("chosen", "rejected"))
    if values.get("prompt") is None:
        prompt, *answers = parted(*both)
    else:
        prompt = turns_of(values, "prompt")
        answers = [
            answer_of(said, prompt, role) for said, role in zip(both, ("chosen", "rejected"), strict=True)
        ]
    yield Pair(row, with_system(values, prompt), *answers, margin_of(values))


FORMAT = Format(
    name="pairs of messages",
    title="Pairs in messages",
    task="dpo",
    makes=Pair,
    roles=(
        Role("chosen", CHOSEN, are_turns, "The message that was preferred, or the conversation up to it."),
        Role("rejected", REJECTED, are_turns, "The other one, likewise."),
        Role("prompt", PROMPTS, are_turns, "The messages that both answer.", required=False),
        SYSTEM,
        *RATINGS,
    ),
    build=_build,
)
