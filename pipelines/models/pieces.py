"""Tokens one by one as text."""

from collections.abc import Sequence
from typing import Any


def texts_of(tokenizer: Any, ids: Sequence[int]) -> tuple[str, ...]:
    """Each token as text: with the space before it where the tokenizer keeps one, ``##`` where it continues a
    word. Ids for which the tokenizer has no token (a model's table may be larger) are written as ``<id>``."""
    names = tokenizer.convert_ids_to_tokens(list(ids))
    return tuple(_text(tokenizer, one, name) for one, name in zip(ids, names, strict=True))


def _text(tokenizer: Any, id_: int, name: str | None) -> str:
    if name is None:
        return f"<{id_}>"
    if name.startswith("##") or id_ in tokenizer.all_special_ids:
        return name
    text = tokenizer.decode([id_], clean_up_tokenization_spaces=False)
    return f" {text}" if name.startswith("▁") and not text.startswith(" ") else text
