"""Conversations as ShareGPT has them: ``{"conversations": [{"from": "human", "value": "…"}, …]}``, with an
instruction for the whole conversation perhaps in a column ``system``.
"""

from collections.abc import Iterator

from pipelines.training.rows.examples import Chat, Message
from pipelines.training.rows.kinds.base import (
    Format,
    Role,
    Values,
    is_list_of,
    is_text,
    list_of,
    only,
    text_of,
)
from pipelines.training.rows.kinds.turns import messages_of

SYSTEM = Role(
    "system",
    ("system", "system_prompt"),
    is_text,
    "An instruction for the whole conversation.",
    required=False,
)


def with_system(values: Values, messages: tuple[Message, ...]) -> tuple[Message, ...]:
    """The messages, begun by the row's own system message where it has one."""
    system = text_of(values, "system") if values.get("system") is not None else ""
    return (Message("system", system), *messages) if system.strip() else messages


def _build(row: int, values: Values) -> Iterator[Chat]:
    messages = messages_of(list_of(values, "conversations"), "from", "value")
    yield Chat(row, with_system(values, messages))


FORMAT = Format(
    name="sharegpt",
    title="ShareGPT",
    task="instruct",
    makes=Chat,
    roles=(
        Role(
            "conversations",
            ("conversations", "conversation", "messages", "dialog"),
            is_list_of("from", "value"),
            'A list of turns, each with "from" (human, gpt, system) and "value".',
            by_content=only,
        ),
        SYSTEM,
    ),
    build=_build,
)
