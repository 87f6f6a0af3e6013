"""Tokens one by one as text."""

from collections.abc import Sequence
from typing import Any
from weakref import WeakKeyDictionary

# By tokenizer: the same tokens are asked for at every step of a text.
_KNOWN: "WeakKeyDictionary[Any, dict[int, str]]" = WeakKeyDictionary()


def texts_of(tokenizer: Any, ids: Sequence[int]) -> tuple[str, ...]:
    """Each token as text: with the space before it where the tokenizer keeps one, ``##`` where it continues a
    word. Ids for which the tokenizer has no token (a model's table may be larger) are written as ``<id>``."""
    known = _KNOWN.setdefault(tokenizer, {})
    for id_ in ids:
        if id_ not in known:
            known[id_] = _text(tokenizer, id_)
    return tuple(known[id_] for id_ in ids)


def _text(tokenizer: Any, id_: int) -> str:
    name = tokenizer.convert_ids_to_tokens(id_)
    if name is None:
        return f"<{id_}>"
    if name.startswith("##") or id_ in tokenizer.all_special_ids:
        return name
    text = tokenizer.decode([id_], clean_up_tokenization_spaces=False)
    return f" {text}" if name.startswith("▁") and not text.startswith(" ") else text
