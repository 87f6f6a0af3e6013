"""The rows of a run as TRL's trainers read them, one JSON object a line: texts, or messages where the base
has a chat template. No torch."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from pipelines.core.errors import SpecError
from pipelines.training.rows.examples import Asked, Message, Pair, Rated
from pipelines.training.rows.sides import rated

Prompt = str | tuple[Message, ...]


def lines(
    examples: Iterable[Pair | Rated | Asked], task: str, chat: bool, margins: bool = False
) -> Iterator[str]:
    """``chat`` writes a prompt and its answers as messages, ``margins`` by how much one was preferred. Raises
    :class:`SpecError` for a conversation where there is no template."""
    for example in examples:
        for one in rated(example) if task == "kto" else (example,):
            yield json.dumps(told(one, chat, margins)) + "\n"


def told(example: Pair | Rated | Asked, chat: bool, margins: bool = False) -> dict[str, Any]:
    """One row, by TRL's names."""
    prompt = _prompt(example.prompt, chat)
    if isinstance(example, Asked):
        return {"prompt": prompt, "answer": example.answer}
    if isinstance(example, Rated):
        return {"prompt": prompt, "completion": _answer(example.completion, chat), "label": example.good}
    both = {side: _answer(getattr(example, side), chat) for side in ("chosen", "rejected")}
    return {"prompt": prompt, **both, **({"margin": example.margin} if margins else {})}


def _prompt(prompt: Prompt, chat: bool) -> Any:
    if not isinstance(prompt, str):
        if not chat:
            accepted = "'house' for this base: it has no chat template of its own"
            raise SpecError("chat_template", "model", accepted)
        return [{"role": m.role, "content": m.content} for m in prompt]
    return [{"role": "user", "content": prompt}] if chat else prompt


def _answer(text: str, chat: bool) -> Any:
    return [{"role": "assistant", "content": text}] if chat else text
