"""The tokens that stand for a gap: one mask for a masked model, numbered sentinels for a span model.

Knows tokenizers only, no weights; imports nothing of theirs.
"""

import re
from typing import Any

MASK = "<|mask|>"
MASKS = re.compile(r"<\|mask\|>|\[MASK\]|<mask>")  # ours, BERT's, RoBERTa's: any of them is understood
_SENTINELS = ("<|extra_{}|>", "<extra_id_{}>")  # ours, T5's


def mask_id(tokenizer: Any) -> int | None:
    """The id of the token that hides one, or None where the tokenizer has none."""
    if tokenizer.mask_token_id is not None:
        return tokenizer.mask_token_id
    return _id_of(tokenizer, MASK)


def sentinel_ids(tokenizer: Any) -> list[int]:
    """The ids of sentinel 0, 1, 2 …, as many as follow each other; empty where there are none."""
    for form in _SENTINELS:
        found = []
        while (id_ := _id_of(tokenizer, form.format(len(found)))) is not None:
            found.append(id_)
        if found:
            return found
    return []


def sentinel(number: int) -> str:
    """The name of our own sentinel of that number: ``<|extra_0|>``."""
    return _SENTINELS[0].format(number)


def _id_of(tokenizer: Any, token: str) -> int | None:
    """Asked of the core, which says None where a tokenizer would say "unknown"."""
    core = getattr(tokenizer, "backend_tokenizer", None)
    return core.token_to_id(token) if core is not None else tokenizer.get_vocab().get(token)
