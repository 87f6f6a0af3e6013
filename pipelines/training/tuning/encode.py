"""From a row to exactly what training a causal model sees: token ids, and which of them are learnt.

| row | tokens | learnt |
|---|---|---|
| ``Plain`` | the text and the end-of-text token | all |
| ``Chat`` | the chat template's rendering | what the assistant says, with what ends it |
| ``Completion`` with a chat template | a conversation of two messages | as there |
| ``Completion`` without one | prompt, completion, the end-of-text token | all after the prompt's tokens |

There is a chat template where the base has one or the run takes the house's. What is longer than
``max_length`` loses its end. The same as TRL's SFTTrainer makes of the same rows; needs a transformers
tokenizer, no torch.
"""

import json
from dataclasses import astuple, dataclass
from typing import Any, Protocol

import numpy as np

from pipelines.core.errors import GlassworksError
from pipelines.training.rows.examples import Chat, Completion, Example, Message, Plain
from pipelines.training.tuning.chat_template import (
    applied,
    marks_replies,
    needed_template,
    render,
    replies,
    template_of,
)


class SpecLike(Protocol):
    """What of a spec matters here."""

    @property
    def max_length(self) -> int: ...

    @property
    def chat_template(self) -> str: ...


@dataclass(frozen=True)
class Encoded:
    """``trained[i]`` says whether ``input_ids[i]`` is learnt; ``cut`` tokens were taken off the end."""

    input_ids: tuple[int, ...]
    trained: tuple[bool, ...]
    cut: int = 0


def encode(example: Example, tokenizer: Any, spec: SpecLike) -> Encoded:
    """Raises :class:`GlassworksError` for a conversation that the template refuses, for one without a
    template, for text that is no valid Unicode, and for a row that no causal model learns from."""
    return shortened(encode_whole(example, tokenizer, spec.chat_template), spec.max_length)


def encode_whole(example: Example, tokenizer: Any, chat_template: str = "model") -> Encoded:
    """As :func:`encode`, without a limit."""
    check_unicode(example)
    if isinstance(example, Plain):
        return _plain(example, tokenizer)
    if isinstance(example, Completion) and not template_of(tokenizer, chat_template):
        return _completion(example, tokenizer)
    if isinstance(example, (Chat, Completion)):
        return _chat(as_chat(example), tokenizer, needed_template(tokenizer, chat_template))
    raise GlassworksError(f"A causal model does not learn from rows of the kind {type(example).__name__}.")


def as_chat(example: Chat | Completion) -> Chat:
    """A prompt and its completion as what a user says and what the assistant answers."""
    if isinstance(example, Chat):
        return example
    said = (Message("user", example.prompt), Message("assistant", example.completion))
    return Chat(example.row, said)


def check_unicode(example: Example) -> None:
    """Raises :class:`GlassworksError` for half of a surrogate pair, as careless escapes in JSON give it."""
    try:
        json.dumps(astuple(example), ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise GlassworksError("It holds characters that are no valid Unicode.") from None


def shortened(encoded: Encoded, max_length: int) -> Encoded:
    """The first ``max_length`` tokens."""
    over = max(0, len(encoded.input_ids) - max_length)
    if not over:
        return encoded
    return Encoded(encoded.input_ids[:max_length], encoded.trained[:max_length], encoded.cut + over)


def end_ids(tokenizer: Any, chat_template: str) -> tuple[int, ...]:
    """The tokens at which a tuned model ends an answer: the tokenizer's own end of text, and what the chat
    template writes last in a reply where that is a special token."""
    found = [] if tokenizer.eos_token_id is None else [tokenizer.eos_token_id]
    if template_of(tokenizer, chat_template):
        special = special_ids(tokenizer)
        hello = encode_whole(Completion(0, "Hello", "Hello"), tokenizer, chat_template)
        last = last_learnt(hello, tokenizer, special)
        found += [last] if last in special and last not in found else []
    return tuple(found)


def last_learnt(encoded: Encoded, tokenizer: Any, special: frozenset[int]) -> int | None:
    """The last token that is learnt and is no white space; None where there is none. ``special`` are the
    :func:`special_ids`."""
    for id_, learnt in zip(reversed(encoded.input_ids), reversed(encoded.trained), strict=True):
        if learnt and (id_ in special or tokenizer.decode([id_]).strip()):
            return id_
    return None


def special_ids(tokenizer: Any) -> frozenset[int]:
    """The tokens that are no text: those with a role, and those that the tokenizer calls special."""
    added = (id_ for id_, token in tokenizer.added_tokens_decoder.items() if token.special)
    return frozenset((*tokenizer.all_special_ids, *added))


def _plain(example: Plain, tokenizer: Any) -> Encoded:
    ids = _ids(tokenizer, _ended(example.text, tokenizer))
    return Encoded(ids, (True,) * len(ids))


def _completion(example: Completion, tokenizer: Any) -> Encoded:
    """Both are read in one piece, as a text would be; learnt is all after the tokens that the prompt alone
    would have there too."""
    ids = _ids(tokenizer, example.prompt + _ended(example.completion, tokenizer))
    alone = _ids(tokenizer, example.prompt)
    shared = next(
        (i for i, pair in enumerate(zip(alone, ids, strict=False)) if pair[0] != pair[1]),
        min(len(alone), len(ids)),
    )
    return Encoded(ids, (False,) * shared + (True,) * (len(ids) - shared))


def _chat(chat: Chat, tokenizer: Any, template: str) -> Encoded:
    if marks_replies(template):
        how = {"tokenize": True, "return_dict": True, "return_assistant_tokens_mask": True}
        found = applied(tokenizer, template, chat.messages, **how)
        return Encoded(tuple(found["input_ids"]), tuple(map(bool, found["assistant_masks"])))
    text = render(tokenizer, template, chat.messages)
    encoding = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    ids = tuple(encoding["input_ids"])
    learnt = np.zeros(len(ids), bool)
    offsets = np.array(encoding["offset_mapping"], np.int64).reshape(-1, 2)
    for (start, end), whole in replies(tokenizer, template, chat, text):
        touched = np.flatnonzero((offsets[:, 0] < end) & (offsets[:, 1] > start))
        learnt[touched] = True
        after = int(touched[-1]) + 1 if len(touched) else len(ids)
        if not whole and after < len(ids) and ids[after] in special_ids(tokenizer):
            learnt[after] = True  # what ends the reply
    return Encoded(ids, tuple(learnt.tolist()))


def _ended(text: str, tokenizer: Any) -> str:
    end = tokenizer.eos_token or ""
    return text if text.endswith(end) else text + end


def _ids(tokenizer: Any, text: str) -> tuple[int, ...]:
    return tuple(tokenizer(text, verbose=False)["input_ids"])
