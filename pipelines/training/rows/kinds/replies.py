"""Where the answer of a conversation begins. Standard library only."""

from pipelines.training.rows.examples import Message
from pipelines.training.rows.kinds.base import RowFault

Messages = tuple[Message, ...]


def parted(chosen: Messages, rejected: Messages) -> tuple[Messages, str, str]:
    """(prompt, chosen, rejected) of two conversations that differ in the assistant's last message alone.
    Raises :class:`RowFault`."""
    answers = reply_of(chosen, "chosen"), reply_of(rejected, "rejected")
    if chosen[:-1] != rejected[:-1]:
        raise RowFault(
            "chosen and rejected differ before the last message; two answers to one conversation are accepted"
        )
    return chosen[:-1], *answers


def reply_of(messages: Messages, role: str) -> str:
    """The last message, which the assistant says after another's. Raises :class:`RowFault`."""
    if not messages or messages[-1].role != "assistant":
        raise RowFault(f"{role} does not end with a message of the assistant")
    if len(messages) < 2:
        raise RowFault(f"{role} is an answer alone; the messages before it are missing")
    return messages[-1].content


def answer_of(messages: Messages, prompt: Messages, role: str) -> str:
    """The one message after the prompt, which may come again before it. Raises :class:`RowFault`."""
    said = messages[len(prompt) :] if messages[: len(prompt)] == prompt else messages
    if len(said) != 1 or said[0].role != "assistant":
        raise RowFault(f"{role} has {len(said)} messages after the prompt; one of the assistant is accepted")
    return said[0].content
