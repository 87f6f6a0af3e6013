"""A token as it would stand in a text."""

from typing import Any


def piece(tokenizer: Any, id_: int, spaced: bool = True) -> str:
    """With a space before it where it begins a word; of a tokenizer of whole words, where ``spaced``. Ids for
    which the tokenizer has no token (a model's table may be larger) are written as ``<id>``."""
    token = tokenizer.convert_ids_to_tokens(id_)
    if token is None:
        return f"<{id_}>"
    if id_ in tokenizer.all_special_ids:
        return token
    if token.startswith("##"):
        return token.removeprefix("##")
    if type(tokenizer.backend_tokenizer.model).__name__ == "WordPiece":  # its tokens know no spaces
        return f" {token}" if spaced else token
    text = tokenizer.decode([id_], clean_up_tokenization_spaces=False)
    return f" {text}" if token.startswith("▁") and not text.startswith(" ") else text
