"""An answer and whether it is a good one, as KTO learns from them: TRL's ``prompt``, ``completion`` and
``label`` as texts or messages, or a conversation (``messages``) with a label for its last reply.
"""

from collections.abc import Iterator
from typing import Any

from pipelines.training.rows.examples import Rated
from pipelines.training.rows.kinds.base import Format, Role, RowFault, Values, clipped, is_words, text_of
from pipelines.training.rows.kinds.pairs import PROMPTS, prompted
from pipelines.training.rows.kinds.pairs_messages import are_turns, turns_of
from pipelines.training.rows.kinds.replies import answer_of, reply_of
from pipelines.training.rows.kinds.sharegpt import SYSTEM, with_system

_COMPLETIONS = ("completion", "response", "answer", "output", "reply", "assistant")
_TRUTHS = {"true": True, "false": False}


def is_truth(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.strip().lower() in _TRUTHS)


def _good(values: Values) -> bool:
    value = values.get("label")
    if value is None:
        raise RowFault("label is missing")
    if not is_truth(value):
        raise RowFault(f"label is {clipped(str(value))}; true or false is accepted")
    return value if isinstance(value, bool) else _TRUTHS[value.strip().lower()]


def _texts(row: int, values: Values) -> Iterator[Rated]:
    yield Rated(row, prompted(values), text_of(values, "completion"), _good(values))


def _messages(row: int, values: Values) -> Iterator[Rated]:
    said = turns_of(values, "messages")
    if values.get("prompt") is None:
        prompt, answer = said[:-1], reply_of(said, "messages")
    else:
        prompt = turns_of(values, "prompt")
        answer = answer_of(said, prompt, "messages")
    yield Rated(row, with_system(values, prompt), answer, _good(values))


_LABEL = Role(
    "label", ("label", "good", "liked", "desirable", "kto_tag"), is_truth, "Whether the answer is a good one."
)

FORMAT = Format(
    name="rated answers",
    title="Rated answers (KTO)",
    task="kto",
    makes=Rated,
    roles=(
        Role("prompt", PROMPTS, is_words, "What it is an answer to."),
        Role("completion", _COMPLETIONS, is_words, "The answer."),
        _LABEL,
        SYSTEM,
    ),
    build=_texts,
)

MESSAGES = Format(
    name="rated messages",
    title="Rated conversations (KTO)",
    task="kto",
    makes=Rated,
    roles=(
        Role(
            "messages",
            ("messages", "completion", "conversations", "conversation"),
            are_turns,
            "The conversation up to the answer, or after a prompt the answer alone.",
        ),
        _LABEL,
        Role("prompt", ("prompt",), are_turns, "The messages before the answer.", required=False),
        SYSTEM,
    ),
    build=_messages,
)
