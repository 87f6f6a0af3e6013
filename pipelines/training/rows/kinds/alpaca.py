"""Instructions as Alpaca has them: ``instruction``, perhaps with an ``input``, and the ``output``.
Instruction and input make the user's message, with an empty line between them.
"""

from collections.abc import Iterator

from pipelines.training.rows.examples import Chat, Message
from pipelines.training.rows.kinds.base import Format, Role, Values, is_words, text_of
from pipelines.training.rows.kinds.sharegpt import SYSTEM, with_system


def _build(row: int, values: Values) -> Iterator[Chat]:
    asked = text_of(values, "instruction")
    given = text_of(values, "input") if values.get("input") is not None else ""
    if given.strip():
        asked = f"{asked}\n\n{given}" if asked.strip() else given
    messages = (Message("user", asked), Message("assistant", text_of(values, "output")))
    yield Chat(row, with_system(values, messages))


FORMAT = Format(
    name="alpaca",
    title="Alpaca",
    task="instruct",
    makes=Chat,
    roles=(
        Role("instruction", ("instruction", "instructions"), is_words, "What is to be done."),
        Role(
            "output",
            ("output", "response", "answer", "completion", "target", "outputs"),
            is_words,
            "What the assistant should say.",
        ),
        Role(
            "input", ("input", "inputs", "context"), is_words, "What it is to be done with.", required=False
        ),
        SYSTEM,
    ),
    build=_build,
)
