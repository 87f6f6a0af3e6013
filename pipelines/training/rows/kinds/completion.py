"""A prompt and how it goes on; also under the names of questions and answers, sources and summaries. Where
both are lists of messages they make a conversation (:data:`CHAT`).
"""

from collections.abc import Iterator

from pipelines.training.rows.examples import Chat, Completion
from pipelines.training.rows.kinds.base import Format, Role, Values, is_list_of, is_words, list_of, text_of
from pipelines.training.rows.kinds.turns import messages_of

_PROMPTS = (
    "prompt",
    "question",
    "query",
    "problem",
    "input",
    "source",
    "user",
    "human",
    "document",
    "article",
)
_COMPLETIONS = (
    "completion", "response", "answer", "output", "solution", "target", "assistant", "reply", "summary",
    "highlights", "chosen",
)  # fmt: skip


def _build(row: int, values: Values) -> Iterator[Completion]:
    yield Completion(row, text_of(values, "prompt"), text_of(values, "completion"))


def _build_chat(row: int, values: Values) -> Iterator[Chat]:
    turns = [*list_of(values, "prompt"), *list_of(values, "completion")]
    yield Chat(row, messages_of(turns, "role", "content"))


FORMAT = Format(
    name="prompt-completion",
    title="Prompt and completion",
    task="instruct",
    makes=Completion,
    roles=(
        Role("prompt", _PROMPTS, is_words, "What comes first; not learnt."),
        Role("completion", _COMPLETIONS, is_words, "How it goes on; learnt."),
    ),
    build=_build,
)

CHAT = Format(
    name="prompt-completion messages",
    title="Prompt and completion in messages",
    task="instruct",
    makes=Chat,
    roles=(
        Role("prompt", _PROMPTS, is_list_of("role", "content"), "The messages that come first."),
        Role("completion", _COMPLETIONS, is_list_of("role", "content"), "The messages of the answer."),
    ),
    build=_build_chat,
)
