"""The rows of a run as the script reads them: one JSON object a line, by the names of its parts. No torch."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.training.rows.examples import Answered, Chat, Completion, Example, Labelled, Tagged
from pipelines.training.tuning.encode import as_chat


def lines(examples: Iterable[Example], chat: bool) -> Iterator[str]:
    """``chat`` writes a prompt and its completion as a conversation, as they are learnt where there is a chat
    template. Raises :class:`SpecError` for a conversation where there is none."""
    return (json.dumps(told(example, chat)) + "\n" for example in examples)


def told(example: Example, chat: bool) -> dict[str, Any]:
    """One row, by what the script calls its parts."""
    if isinstance(example, Chat | Completion) and chat:
        return {"messages": [{"role": m.role, "content": m.content} for m in as_chat(example).messages]}
    if isinstance(example, Chat):
        raise SpecError("chat_template", "model", "'house' for this base: it has no chat template of its own")
    if isinstance(example, Completion):
        return {"prompt": example.prompt, "completion": example.completion}
    if isinstance(example, Labelled):
        second = {"second": example.second} if example.second else {}
        return {"text": example.text, **second, "label": example.label}
    if isinstance(example, Tagged):
        return {"words": example.words, "tags": example.tags}
    if isinstance(example, Answered):
        asked = {"question": example.question, "context": example.context}
        return {**asked, "answers": example.answers, "starts": example.starts}
    return {"text": example.text}
