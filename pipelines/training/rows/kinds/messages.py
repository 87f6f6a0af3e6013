"""Conversations as OpenAI and TRL write them: ``{"messages": [{"role": "user", "content": "…"}, …]}``."""

from collections.abc import Iterator

from pipelines.training.rows.examples import Chat
from pipelines.training.rows.kinds.base import Format, Role, Values, is_list_of, list_of, only
from pipelines.training.rows.kinds.turns import messages_of


def _build(row: int, values: Values) -> Iterator[Chat]:
    yield Chat(row, messages_of(list_of(values, "messages"), "role", "content"))


FORMAT = Format(
    name="messages",
    title="Messages",
    task="instruct",
    makes=Chat,
    roles=(
        Role(
            "messages",
            ("messages", "conversation", "conversations", "chat", "dialog", "dialogue"),
            is_list_of("role", "content"),
            'A list of messages, each with "role" (system, user, assistant, tool) and "content".',
            by_content=only,
        ),
    ),
    build=_build,
)
